with

members as (
    select * from {{ ref('stated_housing') }}
),

{{ donors_of('toilet', like_homes('toilet'), near='members', unit='household_id') }}

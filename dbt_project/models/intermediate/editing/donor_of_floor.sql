with

members as (
    select * from {{ ref('stated_housing') }}
),

{{ donors_of('floor', like_homes('floor'), near='members', unit='household_id') }}

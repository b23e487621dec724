with

members as (
    select * from {{ ref('stated_housing') }}
),

{{ donors_of('water', like_homes('water'), near='members', unit='household_id') }}

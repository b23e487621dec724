with

members as (
    select * from {{ ref('stated_housing') }}
),

{{ donors_of('electricity', like_homes('electricity'), near='members', unit='household_id') }}

with

members as (
    select * from {{ ref('stated_housing') }}
),

{{ donors_of('tenure', like_homes('tenure'), near='members', unit='household_id') }}

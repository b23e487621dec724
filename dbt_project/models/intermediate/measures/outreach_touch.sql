with

activities as (
    select * from {{ ref('outreach_activity') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

-- The area addressed and every area around it, and every part of it.
final as (
    select
        activities.activity_key,
        activities.activity_date,
        activities.addressed_code,
        units.area_code as touched_code
    from activities
    inner join units
        on activities.addressed_code = units.unit_code

    union

    select
        activities.activity_key,
        activities.activity_date,
        activities.addressed_code,
        units.unit_code as touched_code
    from activities
    inner join units
        on activities.addressed_code = units.area_code
)

select * from final

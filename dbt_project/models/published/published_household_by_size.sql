{{ config(alias='household_by_size') }}

with

mart as (
    select * from {{ ref('household_by_size') }}
),

wholes as (
    select
        *,
        sum(household_count) over (partition by area_level, area_code) as total_household_count,
        sum(household_cell_key) over (partition by area_level, area_code) as total_household_cell_key
    from mart
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        size_group,
        {{ perturbed('household_count') }},
        {{ perturbed('total_household_count') }}
    from wholes
),

final as (
    select
        area_level,
        area_code,
        area_name,
        size_group,
        {{ published_count('household_count') }},
        {{ published_percent('household_count', 'total_household_count', 'household_percent') }},
        {{ is_suppressed(['household_count']) }}
    from perturbed
)

select * from final

{{ config(alias='household_by_size') }}

{% set counts = [
    'household_count',
    'beside_count',
] %}

with

mart as (
    select * from {{ ref('household_by_size') }}
),

-- Households and their people are known, two equations: what is withheld must hold the open group, whose size is not known.
compared as (
    select
        mart.*,
        case
            when size_group = '6+' then min(household_count) over (partition by area_level, area_code)
            else {{ smallest_beside('household_count', ['area_level', 'area_code'], 'size_group') }}
        end as beside_count
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        size_group,
        {{ published_sum('household_count', counts) }},
        {{ published_percent('household_percent', counts) }},
        {{ is_suppressed(counts) }}
    from compared
)

select * from final

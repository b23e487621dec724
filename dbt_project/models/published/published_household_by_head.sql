{{ config(alias='household_by_head') }}

{% set counts = [
    'household_count',
    'beside_count',
] %}

with

mart as (
    select * from {{ ref('household_by_head') }}
),

compared as (
    select
        mart.*,
        {{ smallest_beside('household_count', ['area_level', 'area_code'], 'head_sex, head_age_group') }} as beside_count
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        head_sex,
        head_age_group,
        {{ published_sum('household_count', counts) }},
        {{ published_percent('household_percent', counts) }},
        {{ is_suppressed(counts) }}
    from compared
)

select * from final

{{ config(alias='control_total_comparison') }}

with

mart as (
    select * from {{ ref('control_total_comparison') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        indicator,
        source,
        reference_date,
        control_count,
        {{ published_count('census_count') }},
        {{ published_sum('difference_count', ['census_count']) }},
        {{ published_percent('difference_percent', ['census_count']) }},
        lowest_control_count,
        highest_control_count,
        is_disputed,
        {{ is_suppressed(['census_count']) }}
    from mart
)

select * from final

{{ config(alias='control_total_comparison') }}

with

mart as (
    select * from {{ ref('control_total_comparison') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        indicator,
        source,
        reference_date,
        control_count,
        {{ perturbed('census_count') }},
        lowest_control_count,
        highest_control_count,
        is_disputed
    from mart
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
        {{ published_figure('census_count - control_count', 'difference_count', ['census_count']) }},
        {{ published_rate(percent('(census_count - control_count)', 'control_count'), 'difference_percent', ['census_count']) }},
        lowest_control_count,
        highest_control_count,
        is_disputed,
        {{ is_suppressed(['census_count']) }}
    from perturbed
)

select * from final

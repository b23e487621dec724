{{ config(alias='coverage_pace') }}

{% set dates = ['projected_date', 'projected_earliest_date', 'projected_latest_date'] %}
{% set counts = ['reached_household_count', 'seven_day_household_count', 'remaining_household_count'] %}

with

mart as (
    select * from {{ ref('coverage_pace') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        phase,
        start_date,
        end_date,
        data_through_date,
        target_household_count,
        {{ perturbed('reached_household_count') }},
        {{ perturbed('seven_day_household_count') }},
        {{ dates | join(',\n        ') }},
        projection_status
    from mart
),

derived as (
    select
        *,
        {{ remaining('target_household_count', 'reached_household_count') }} as remaining_household_count
    from perturbed
),

final as (
    select
        area_level,
        area_code,
        area_name,
        phase,
        start_date,
        end_date,
        data_through_date,
        target_household_count,
        {{ published_count('reached_household_count') }},
        {{ published_figure('remaining_household_count', 'remaining_household_count', ['remaining_household_count', 'reached_household_count']) }},
        {{ published_percent('reached_household_count', 'target_household_count', 'reached_household_percent') }},
        {{ published_count('seven_day_household_count') }},
        {{ published_rate('round(seven_day_household_count / 7.0, 2)', 'households_per_day', ['seven_day_household_count'], 'numeric(12, 2)') }},
        {% for date in dates -%}
        {{ published_figure(date, date, counts) }},
        {% endfor -%}
        projection_status,
        {{ is_suppressed(counts) }}
    from derived
)

select * from final

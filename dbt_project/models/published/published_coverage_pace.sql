{{ config(alias='coverage_pace') }}

{% set dates = ['projected_date', 'projected_earliest_date', 'projected_latest_date'] %}

with

mart as (
    select * from {{ ref('coverage_pace') }}
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
        {{ published_sum('remaining_household_count', ['reached_household_count', 'remaining_household_count']) }},
        {{ published_percent('reached_household_percent', ['reached_household_count']) }},
        {{ published_count('seven_day_household_count') }},
        {{ published_sum('households_per_day', ['seven_day_household_count']) }},
        {% for date in dates -%}
        {{ published_sum(date, ['seven_day_household_count', 'reached_household_count', 'remaining_household_count']) }},
        {% endfor -%}
        projection_status,
        {{ is_suppressed(['reached_household_count', 'remaining_household_count', 'seven_day_household_count']) }}
    from mart
)

select * from final

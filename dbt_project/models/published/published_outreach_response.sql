{{ config(alias='outreach_response') }}

{% set counts = [
    'reached_count',
    'before_household_count',
    'after_household_count',
] %}
{% set sides = ['before', 'after', 'comparison_before', 'comparison_after'] %}

with

mart as (
    select * from {{ ref('outreach_response') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        activity_id,
        activity_date,
        channel,
        {{ published_count('reached_count') }},
        target_household_count,
        {{ published_count('before_household_count') }},
        {{ published_count('after_household_count') }},
        comparison_area_count,
        other_activity_count,
        {% for side in sides -%}
        {{ published_percent(side ~ '_rate', [side ~ '_household_count']) }},
        {% endfor -%}
        {{ published_percent('associated_change_rate', ['before_household_count', 'after_household_count', 'comparison_before_household_count', 'comparison_after_household_count']) }},
        not_compared_reason,
        {{ is_suppressed(counts + ['comparison_before_household_count', 'comparison_after_household_count']) }}
    from mart
)

select * from final

{{ config(alias='outreach_response') }}

{% set days = outreach_days() %}
{% set targets = {'': 'target_household_count', 'comparison_': 'comparison_target_count'} %}
{% set moments = ['before', 'after'] %}
{% set counts = [
    'before_household_count',
    'after_household_count',
    'comparison_before_household_count',
    'comparison_after_household_count',
] %}

with

mart as (
    select * from {{ ref('outreach_response') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        activity_id,
        activity_date,
        channel,
        reached_count,
        target_household_count,
        {% for count in counts -%}
        {{ perturbed(count) }},
        {% endfor -%}
        comparison_area_count,
        comparison_target_count,
        other_activity_count,
        not_compared_reason
    from mart
),

rates as (
    select
        *,
        {% for side, target in targets.items() -%}
        {% for moment in moments -%}
        {{ published_rate(daily_rate(side ~ moment ~ '_household_count', days, target), side ~ moment ~ '_rate', [side ~ moment ~ '_household_count']) }}
        {{- "," if not loop.last }}
        {% endfor -%}
        {{ "," if not loop.last }}
        {% endfor %}
    from perturbed
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
        before_rate,
        after_rate,
        comparison_before_rate,
        comparison_after_rate,
        cast(after_rate - before_rate - comparison_after_rate + comparison_before_rate as numeric(9, 2)) as associated_change_rate,
        not_compared_reason,
        {{ is_suppressed(['reached_count'] + counts) }}
    from rates
)

select * from final

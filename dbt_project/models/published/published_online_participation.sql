{{ config(alias='online_participation') }}

{% set counts = [
    'responded_household_count',
    'responded_person_count',
    'draft_household_count',
    'mobile_household_count',
    'desktop_household_count',
    'proof_household_count',
    'grade_a_b_household_count',
] %}

with

mart as (
    select * from {{ ref('online_participation') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        target_person_count,
        {% for count in counts -%}
        {{ perturbed(count) }},
        {% endfor -%}
        {{ perturbed('timed_household_count') }},
        duration_median_seconds,
        duration_p95_seconds
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        target_person_count,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ published_percent('responded_household_count', 'target_household_count', 'responded_household_percent') }},
        {{ published_percent('responded_person_count', 'target_person_count', 'responded_person_percent') }},
        {{ published_figure('duration_median_seconds', 'duration_median_seconds', ['timed_household_count']) }},
        {{ published_figure('duration_p95_seconds', 'duration_p95_seconds', ['timed_household_count']) }},
        {{ is_suppressed(counts + ['timed_household_count']) }}
    from perturbed
)

select * from final

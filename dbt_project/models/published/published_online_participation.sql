{{ config(alias='online_participation') }}

{% set counts = [
    'responded_household_count',
    'responded_person_count',
    'draft_household_count',
    'timed_household_count',
] %}

{# Of the responded cards these are one part; what is left of them must not be small either. #}
{% set device_parts = [
    'mobile_household_count',
    'desktop_household_count',
    '(responded_household_count - mobile_household_count)',
    '(responded_household_count - desktop_household_count)',
    '(responded_household_count - mobile_household_count - desktop_household_count)',
] %}
{% set parts = {
    'mobile_household_count': device_parts,
    'desktop_household_count': device_parts,
    'proof_household_count': ['proof_household_count', '(responded_household_count - proof_household_count)'],
    'grade_a_b_household_count': ['grade_a_b_household_count', '(responded_household_count - grade_a_b_household_count)'],
} %}

with

mart as (
    select * from {{ ref('online_participation') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        target_person_count,
        {% for count in counts if count != 'timed_household_count' -%}
        {{ published_count(count) }},
        {% endfor -%}
        {% for part, all_parts in parts.items() -%}
        {{ published_sum(part, all_parts) }},
        {% endfor -%}
        {{ published_percent('responded_household_percent', ['responded_household_count']) }},
        {{ published_percent('responded_person_percent', ['responded_person_count']) }},
        {{ published_sum('duration_median_seconds', ['timed_household_count']) }},
        {{ published_sum('duration_p95_seconds', ['timed_household_count']) }},
        {{ is_suppressed(counts + parts.values() | sum(start=[]) | unique | list) }}
    from mart
)

select * from final

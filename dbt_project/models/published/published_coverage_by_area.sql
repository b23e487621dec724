{{ config(alias='coverage_by_area') }}

{% set counts = [
    'responded_household_count',
    'clean_household_count',
    'responded_person_count',
    'verified_person_count',
    'found_person_count',
    'not_found_person_count',
    'died_person_count',
    'elsewhere_person_count',
    'new_person_count',
    'doubtful_person_count',
    'checked_household_count',
    'checked_person_count',
    'interviewed_household_count',
    'interviewed_person_count',
    'refused_household_count',
    'not_met_household_count',
    'counted_household_count',
    'provisional_person_count',
    'counted_person_count',
    'unresolved_person_count',
    'late_record_count',
] %}

{# A sum is withheld with its only hidden part. #}
{% set sums = {'verified_person_count': ['found_person_count', 'not_found_person_count', 'died_person_count', 'elsewhere_person_count', 'new_person_count', 'doubtful_person_count', 'verified_person_count']} %}

with

mart as (
    select * from {{ ref('coverage_by_area') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        target_person_count,
        {% for count in counts if count not in sums -%}
        {{ published_count(count) }},
        {% endfor -%}
        {% for sum, parts in sums.items() -%}
        {{ published_sum(sum, parts) }},
        {% endfor -%}
        {{ published_sum('remaining_household_count', ['checked_household_count', 'remaining_household_count']) }},
        {{ published_sum('remaining_person_count', ['checked_person_count', 'remaining_person_count']) }},
        {{ published_percent('responded_household_percent', ['responded_household_count']) }},
        {{ published_percent('clean_household_percent', ['clean_household_count']) }},
        {{ published_percent('checked_household_percent', ['checked_household_count']) }},
        {{ published_percent('counted_household_percent', ['counted_household_count']) }},
        {{ published_percent('counted_person_percent', ['counted_person_count']) }},
        {{ is_suppressed(counts + ['remaining_household_count', 'remaining_person_count']) }}
    from mart
)

select * from final

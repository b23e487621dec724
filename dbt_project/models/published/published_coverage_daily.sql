{{ config(alias='coverage_daily') }}

{% set of_the_day = [
    'responded_household_count',
    'responded_person_count',
    'clean_household_count',
    'checked_household_count',
    'verified_household_count',
    'verified_person_count',
    'found_person_count',
    'not_found_person_count',
    'died_person_count',
    'elsewhere_person_count',
    'new_person_count',
    'doubtful_person_count',
    'interviewed_household_count',
    'interviewed_person_count',
    'refused_household_count',
    'not_met_household_count',
    'late_record_count',
] %}
{% set of_villages = {} %}
{% for count in of_the_day %}{% do of_villages.update({count: "area_level = 'village'"}) %}{% endfor %}

with

mart as (
    select * from {{ ref('coverage_daily') }}
),

{{ published_rows(
    'mart',
    columns=['event_date', 'target_household_count'],
    counts=of_the_day + [
        'responded_household_to_date_count',
        'clean_household_to_date_count',
        'checked_household_to_date_count',
    ],
    remainders={'remaining_household_count': ['target_household_count', 'checked_household_to_date_count']},
    figures={
        'responded_household_percent': percent('responded_household_to_date_count', 'target_household_count'),
        'clean_household_percent': percent('clean_household_to_date_count', 'target_household_count'),
        'checked_household_percent': percent('checked_household_to_date_count', 'target_household_count'),
    },
    missing=no_target(),
    zeros=of_villages,
) }}

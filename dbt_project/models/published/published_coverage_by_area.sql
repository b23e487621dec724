{{ config(alias='coverage_by_area') }}

with

mart as (
    select * from {{ ref('coverage_by_area') }}
),

{{ published_rows(
    'mart',
    columns=['target_household_count', 'target_person_count'],
    counts=[
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
        'known_person_count',
        'settled_person_count',
        'late_record_count',
    ],
    remainders={
        'remaining_household_count': ['target_household_count', 'checked_household_count'],
        'remaining_person_count': ['target_person_count', 'checked_person_count'],
    },
    figures={
        'responded_household_percent': percent('responded_household_count', 'target_household_count'),
        'clean_household_percent': percent('clean_household_count', 'target_household_count'),
        'checked_household_percent': percent('checked_household_count', 'target_household_count'),
        'counted_household_percent': percent('counted_household_count', 'target_household_count'),
        'settled_person_percent': share('settled_person_count', 'known_person_count'),
        'counted_person_percent': percent('counted_person_count', 'target_person_count'),
    },
    missing=no_target(person=true),
) }}

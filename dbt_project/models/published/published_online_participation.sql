{{ config(alias='online_participation') }}

with

mart as (
    select * from {{ ref('online_participation') }}
),

{{ published_rows(
    'mart',
    columns=['target_household_count', 'target_person_count', 'duration_median_seconds', 'duration_p95_seconds'],
    counts=[
        'responded_household_count',
        'responded_person_count',
        'draft_household_count',
        'mobile_household_count',
        'desktop_household_count',
        'proof_household_count',
        'grade_a_b_household_count',
        'timed_household_count',
    ],
    figures={
        'responded_household_percent': percent('responded_household_count', 'target_household_count'),
        'responded_person_percent': percent('responded_person_count', 'target_person_count'),
        'duration_median_seconds': where_shown('duration_median_seconds', ['timed_household_count']),
        'duration_p95_seconds': where_shown('duration_p95_seconds', ['timed_household_count']),
    },
    hidden=['timed_household_count'],
    missing=no_target(person=true),
) }}

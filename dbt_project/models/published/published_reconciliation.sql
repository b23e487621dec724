{{ config(alias='reconciliation') }}

{# Files and records are counted exactly, for they must add up; what records say of people is not. #}

with

mart as (
    select * from {{ ref('reconciliation') }}
),

{{ published_rows(
    'mart',
    columns=[
        'feed',
        'files_delivered_count',
        'bytes_delivered_count',
        'files_loaded_count',
        'files_superseded_count',
        'files_duplicate_count',
        'files_refused_count',
        'files_waiting_count',
        'files_late_count',
        'records_read_count',
        'records_rejected_count',
        'records_superseded_count',
        'records_loaded_count',
        'records_not_of_persons_count',
        'records_older_version_count',
    ],
    counts=[
        'person_count',
        'counted_person_count',
        'excluded_person_count',
        'unresolved_person_count',
        'published_person_count',
        'withheld_person_count',
        'records_counted_confirmed_count',
        'records_counted_provisional_count',
        'records_excluded_died_count',
        'records_excluded_not_found_count',
        'records_excluded_elsewhere_count',
        'records_excluded_duplicate_count',
        'records_unresolved_count',
    ],
) }}

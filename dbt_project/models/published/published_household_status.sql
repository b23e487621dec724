{{ config(alias='household_status') }}

with

mart as (
    select * from {{ ref('household_status') }}
),

{{ published_rows(
    'mart',
    columns=['target_household_count'],
    counts=['responded_household_count', 'clean_household_count', 'verified_household_count'],
    figures={
        'responded_household_percent': percent('responded_household_count', 'target_household_count'),
        'clean_household_percent': percent('clean_household_count', 'target_household_count'),
        'verified_household_percent': percent('verified_household_count', 'target_household_count'),
    },
    missing=no_target(),
) }}

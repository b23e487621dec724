{{ config(alias='workforce') }}

with

mart as (
    select * from {{ ref('workforce') }}
),

{{ published_rows(
    'mart',
    columns=['event_date'],
    counts=['officer_count', 'supervisor_count', 'verified_person_count', 'checked_household_count', 'interviewed_household_count'],
    unperturbed=['officer_count', 'supervisor_count'],
    zeros={
        'verified_person_count': "area_level = 'village'",
        'checked_household_count': "area_level = 'village'",
        'interviewed_household_count': "area_level = 'village'",
    },
    figures={
        'verified_person_per_officer': 'cast(round(1.0 * verified_person_count / nullif(officer_count, 0), 2) as numeric(9, 2))',
        'interviewed_household_per_officer': 'cast(round(1.0 * interviewed_household_count / nullif(officer_count, 0), 2) as numeric(9, 2))',
        'checked_household_per_officer': 'cast(round(1.0 * checked_household_count / nullif(officer_count, 0), 2) as numeric(9, 2))',
    },
) }}

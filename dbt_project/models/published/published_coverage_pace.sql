{{ config(alias='coverage_pace') }}

{% set counts = ['reached_household_count', 'seven_day_household_count', 'remaining_household_count'] %}

with

mart as (
    select * from {{ ref('coverage_pace') }}
),

{{ published_rows(
    'mart',
    columns=[
        'phase',
        'start_date',
        'end_date',
        'data_through_date',
        'target_household_count',
        'projected_date',
        'projected_earliest_date',
        'projected_latest_date',
        'projection_status',
    ],
    counts=['reached_household_count', 'seven_day_household_count'],
    remainders={'remaining_household_count': ['target_household_count', 'reached_household_count']},
    figures={
        'reached_household_percent': percent('reached_household_count', 'target_household_count'),
        'households_per_day': 'cast(round(seven_day_household_count / 7.0, 2) as numeric(12, 2))',
        'projected_date': where_shown('projected_date', counts),
        'projected_earliest_date': where_shown('projected_earliest_date', counts),
        'projected_latest_date': where_shown('projected_latest_date', counts),
    },
    missing={
        'target_household_count': "'no_target'",
        'data_through_date': "'not_delivered'",
        'projected_date': "case when projection_status = 'projected' then 'withheld' else 'not_projected' end",
        'projected_earliest_date': "case when projection_status = 'projected' then 'withheld' else 'not_projected' end",
        'projected_latest_date': "case when projection_status = 'projected' then 'no_end' else 'not_projected' end",
    },
) }}

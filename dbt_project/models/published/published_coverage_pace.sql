{{ config(alias='coverage_pace') }}

{# Of what readers see: that exactly nothing remains would tell a count that noise hides. #}
{% set projection_status %}
case
    when projection_status in ('no_target', 'not_started') then projection_status
    when reached_household_count is null then 'withheld'
    when coalesce(remaining_household_count, 0) = 0 then 'complete'
    else projection_status
end
{% endset %}
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
        'projected_date': where_shown('case when remaining_household_count > 0 then projected_date end', counts),
        'projected_earliest_date': where_shown('case when remaining_household_count > 0 then projected_earliest_date end', counts),
        'projected_latest_date': where_shown('case when remaining_household_count > 0 then projected_latest_date end', counts),
        'projection_status': projection_status,
    },
    missing={
        'target_household_count': "'no_target'",
        'data_through_date': "'not_delivered'",
        'projected_date': "'not_projected'",
        'projected_earliest_date': "'not_projected'",
        'projected_latest_date': "case when projection_status = 'projected' and remaining_household_count > 0 then 'no_end' else 'not_projected' end",
    },
) }}

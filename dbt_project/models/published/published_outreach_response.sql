{{ config(alias='outreach_response') }}

{% set days = outreach_days() %}
{% set before = daily_rate('before_household_count', days, 'target_household_count') %}
{% set after = daily_rate('after_household_count', days, 'target_household_count') %}
{% set comparison_before = daily_rate('comparison_before_household_count', days, 'comparison_target_count') %}
{% set comparison_after = daily_rate('comparison_after_household_count', days, 'comparison_target_count') %}

with

mart as (
    select * from {{ ref('outreach_response') }}
),

{{ published_rows(
    'mart',
    columns=[
        'activity_id',
        'activity_date',
        'channel',
        'target_household_count',
        'comparison_area_count',
        'comparison_target_count',
        'other_activity_count',
        'not_compared_reason',
    ],
    counts=[
        'reached_count',
        'before_household_count',
        'after_household_count',
        'comparison_before_household_count',
        'comparison_after_household_count',
    ],
    unperturbed=['reached_count'],
    figures={
        'before_rate': before,
        'after_rate': after,
        'comparison_before_rate': comparison_before,
        'comparison_after_rate': comparison_after,
        'associated_change_rate': 'cast(' ~ [after, before, comparison_after] | join(' - ') ~ ' + ' ~ comparison_before ~ ' as numeric(9, 2))',
    },
    hidden=['comparison_target_count', 'comparison_before_household_count', 'comparison_after_household_count'],
    missing={
        'target_household_count': "'no_target'",
        'activity_date': "'not_delivered'",
        'channel': "'not_delivered'",
        'comparison_area_count': "'not_compared'",
        'before_household_count': "'not_compared'",
        'after_household_count': "'not_compared'",
        'comparison_before_household_count': "'not_compared'",
        'comparison_after_household_count': "'not_compared'",
        'before_rate': "'not_compared'",
        'after_rate': "'not_compared'",
        'comparison_before_rate': "'not_compared'",
        'comparison_after_rate': "'not_compared'",
        'associated_change_rate': "'not_compared'",
    },
) }}

{{ config(alias='control_total_comparison') }}

with

mart as (
    select * from {{ ref('control_total_comparison') }}
),

{{ published_rows(
    'mart',
    columns=[
        'indicator',
        'source',
        'reference_date',
        'control_count',
        'lowest_control_count',
        'highest_control_count',
        'is_disputed',
    ],
    counts=['census_count'],
    figures={
        'difference_count': 'census_count - control_count',
        'difference_percent': percent('(census_count - control_count)', 'control_count'),
    },
) }}

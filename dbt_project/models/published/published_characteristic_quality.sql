{{ config(alias='characteristic_quality') }}

with

mart as (
    select * from {{ ref('characteristic_quality') }}
),

{{ published_rows(
    'mart',
    columns=['characteristic', 'quality'],
    counts=['asked_count', 'missing_count', 'edited_count', 'imputed_count'],
    figures={
        'missing_percent': percent('missing_count', 'asked_count'),
        'edited_percent': percent('edited_count', 'asked_count'),
        'imputed_percent': percent('imputed_count', 'asked_count'),
        'quality': where_shown('quality', ['asked_count']),
    },
) }}

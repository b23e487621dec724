{{ config(alias='population_by_age_sex') }}

with

mart as (
    select * from {{ ref('population_by_age_sex') }}
),

{{ published_rows(
    'mart',
    columns=['sex', 'age_group'],
    counts=['person_count'],
) }}

{{ config(alias='population_by_age_sex') }}

with

mart as (
    select * from {{ ref('population_by_age_sex') }}
),

summed as (
    {{ with_totals('mart', ['sex', 'age_group'], ['person_count', 'person_cell_key'], totalled=['sex', 'age_group']) }}
),

{{ published_rows(
    'summed',
    columns=['sex', 'age_group'],
    counts=['person_count'],
) }}

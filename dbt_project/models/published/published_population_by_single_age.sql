{{ config(alias='population_by_single_age') }}

with

mart as (
    select * from {{ ref('person_count_by_age') }} where area_level = 'regency'
),

grouped as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        case when age > 100 then 100 else age end as age,
        cast(sum(person_count) as bigint) as person_count,
        sum(person_cell_key) as person_cell_key
    from mart
    group by 1, 2, 3, 4, 5
),

summed as (
    {{ with_totals('grouped', ['sex', 'age'], ['person_count', 'person_cell_key'], totalled=['sex']) }}
),

{{ published_rows(
    'summed',
    columns=['sex', 'age'],
    counts=['person_count'],
) }}

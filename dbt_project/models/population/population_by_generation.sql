{# First birth year of each generation after the oldest. #}
{% set first_years = {'boomer': 1946, 'x': 1965, 'millennial': 1981, 'z': 1997, 'post_z': 2013} %}

with

persons as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('person') }}
    where is_counted
),

units as (
    select * from {{ ref('area_unit') }} where area_level in ('regency', 'district', 'village')
),

areas as (
    select * from {{ ref('area') }}
),

grouped as (
    select
        unit_code,
        coalesce(sex, 'unknown') as sex,
        case
            when birth_date is null then 'unknown'
            {%- for generation, year in first_years.items() | reverse %}
            when extract(year from birth_date) >= {{ year }} then '{{ generation }}'
            {%- endfor %}
            else 'pre_boomer'
        end as generation,
        count(*) as person_count
    from persons
    group by 1, 2, 3
),

totals as (
    select
        units.area_level,
        units.area_code,
        grouped.sex,
        grouped.generation,
        cast(sum(grouped.person_count) as bigint) as person_count
    from grouped
    inner join units
        on grouped.unit_code = units.unit_code
    group by units.area_level, units.area_code, grouped.sex, grouped.generation
),

final as (
    select
        totals.area_level,
        totals.area_code,
        areas.area_name,
        totals.sex,
        totals.generation,
        totals.person_count,
        {{ percent('totals.person_count', 'sum(totals.person_count) over (partition by totals.area_level, totals.area_code, totals.sex)') }} as person_percent
    from totals
    inner join areas
        on totals.area_level = areas.area_level
        and totals.area_code = areas.area_code
)

select * from final

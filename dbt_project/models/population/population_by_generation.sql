{# First birth year of each generation after the oldest. #}
{% set first_years = {'boomer': 1946, 'x': 1965, 'millennial': 1981, 'z': 1997, 'post_z': 2013} %}

with

persons as (
    {{ counted_people() }}
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
    {{ totals_by_area('grouped', ['sex', 'generation']) }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        generation,
        person_count,
        {{ percent('person_count', 'sum(person_count) over (partition by area_level, area_code, sex)') }} as person_percent
    from totals
)

select * from final

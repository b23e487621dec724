{# First birth year of each generation after the oldest. #}
{% set first_years = {'boomer': 1946, 'x': 1965, 'millennial': 1981, 'z': 1997, 'post_z': 2013} %}

with

people as (
    {{ counted_people() }}
),

-- Of an age that was not stated but found, the year of birth is known to within one.
persons as (
    select
        people.*,
        coalesce(extract(year from birth_date), {{ var('reference_date')[:4] }} - age) as birth_year
    from people
),

grouped as (
    select
        {{ village_of('unit_code') }} as unit_code,
        coalesce(sex, 'unknown') as sex,
        case
            when birth_year is null then 'unknown'
            {%- for generation, year in first_years.items() | reverse %}
            when birth_year >= {{ year }} then '{{ generation }}'
            {%- endfor %}
            else 'pre_boomer'
        end as generation,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from persons
    group by 1, 2, 3
),

final as (
    {{ totals_by_area('grouped', ['sex', 'generation'], ['person_count', 'person_cell_key']) }}
)

select * from final

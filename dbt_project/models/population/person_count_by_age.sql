with

persons as (
    {{ counted_people() }}
),

grouped as (
    select
        {{ village_of('unit_code') }} as unit_code,
        coalesce(sex, 'unknown') as sex,
        age,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from persons
    group by 1, 2, 3
),

final as (
    {{ totals_by_area('grouped', ['sex', 'age'], ['person_count', 'person_cell_key']) }}
)

select * from final

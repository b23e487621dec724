with

persons as (
    {{ counted_people() }}
),

grouped as (
    {% for characteristic in person_characteristics() -%}
    select
        {{ village_of('unit_code') }} as unit_code,
        '{{ characteristic }}' as characteristic,
        {{ category_of(characteristic) }} as category,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from persons
    group by 1, 3
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

final as (
    {{ totals_by_area('grouped', ['characteristic', 'category'], ['person_count', 'person_cell_key']) }}
)

select * from final

with

persons as (
    {{ counted_people() }}
),

grouped as (
    {% for characteristic in person_characteristics() if characteristic != 'relationship' -%}
    select
        {{ village_of('unit_code') }} as unit_code,
        '{{ characteristic }}' as characteristic,
        {{ category_of(characteristic) }} as category,
        coalesce(sex, 'unknown') as sex,
        {{ age_group('age') }} as age_group,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from persons
    group by 1, 3, 4, 5
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

totals as (
    {{ totals_by_area('grouped', ['characteristic', 'category', 'sex', 'age_group'], ['person_count', 'person_cell_key']) }}
),

-- Of the others, most cells of a village would be withheld.
final as (
    select * from totals
    where area_level <> 'village' or characteristic in ('religion', 'marital_status', 'education', 'activity')
)

select * from final

{% set characteristics = ['religion', 'marital_status', 'education', 'relationship', 'activity'] %}

with

persons as (
    {{ counted_people() }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

work_areas as (
    select * from {{ ref('work_area') }}
),

-- Of people whose work area is not known the method is known where the whole village or regency has the same.
methods as (
    select
        units.area_code as unit_code,
        min(case when work_areas.zone = 'list_check_only' then 1 else 0 end) = 1 as is_list_check_only
    from work_areas
    inner join units
        on work_areas.sls_code = units.unit_code
    group by units.area_code
),

answers as (
    select
        persons.unit_code,
        persons.perturbation_key,
        {% for characteristic in characteristics -%}
        persons.{{ characteristic }},
        {% endfor -%}
        case
            when methods.is_list_check_only and persons.sources not like '%interview_person%' and persons.sources not like '%online_person%'
                then 'not_asked'
            else 'missing'
        end as category_without_answer
    from persons
    left join methods
        on persons.unit_code = methods.unit_code
),

grouped as (
    {% for characteristic in characteristics -%}
    select
        unit_code,
        '{{ characteristic }}' as characteristic,
        coalesce({{ characteristic }}, category_without_answer) as category,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from answers
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

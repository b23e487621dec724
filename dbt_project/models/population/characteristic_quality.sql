{% set people_or_homes = [('persons', edited_variables()), ('households', housing_variables())] %}
{% set measures = ['asked', 'missing', 'edited', 'imputed'] %}

with

persons as (
    {{ counted_people() }}
),

households as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('household') }}
),

edits as (
    select
        persons.unit_code,
        persons.perturbation_key,
        edits.variable,
        edits.flag,
        edits.stated_value is not null as is_replaced
    from {{ ref('value_edit') }} as edits
    inner join persons
        on edits.person_id = persons.person_id
    where edits.flag <> 'not_applicable'
),

counts as (
    {% for relation, variables in people_or_homes -%}
    {% for variable in variables -%}
    select
        unit_code,
        '{{ variable }}' as characteristic,
        {{ variable }}_flag as flag,
        false as is_replaced,
        count(*) as answers,
        sum(perturbation_key) as cell_key
    from {{ relation }}
    where {{ variable }}_flag in ('stated', 'deduced', 'donor', 'missing')
    group by 1, 3

    union all

    {% endfor -%}
    {% endfor -%}
    select
        unit_code,
        variable as characteristic,
        flag,
        true as is_replaced,
        count(*) as answers,
        sum(perturbation_key) as cell_key
    from edits
    where is_replaced
    group by 1, 2, 3
),

measured as (
    select
        unit_code,
        characteristic,
        {% for name, value in [('count', 'answers'), ('cell_key', 'cell_key')] -%}
        sum(case when is_replaced then 0 else {{ value }} end) as asked_{{ name }},
        sum(case when flag = 'stated' then 0 when is_replaced then -{{ value }} else {{ value }} end) as missing_{{ name }},
        sum(case when is_replaced then {{ value }} else 0 end) as edited_{{ name }},
        sum(case when flag = 'donor' and not is_replaced then {{ value }} else 0 end) as imputed_{{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from counts
    group by unit_code, characteristic
),

totals as (
    {{ totals_by_area(
        'measured',
        ['characteristic'],
        ['asked_count', 'missing_count', 'edited_count', 'imputed_count', 'asked_cell_key', 'missing_cell_key', 'edited_cell_key', 'imputed_cell_key'],
    ) }}
),

final as (
    select
        totals.*,
        case
            when greatest(missing_count, edited_count) > asked_count * {{ var('answer_quality_limits')[1] }} / 100.0 then 'do_not_use'
            when greatest(missing_count, edited_count) > asked_count * {{ var('answer_quality_limits')[0] }} / 100.0 then 'use_with_care'
            else 'good'
        end as quality
    from totals
)

select * from final

{% set men = "case when own_sex = 'male' then person_count end" %}
{% set women = "case when own_sex = 'female' then person_count end" %}

with

ages as (
    select * from {{ ref('person_count_by_age') }}
),

-- The indexes are made of perturbed counts: of exact ones they would give those away.
perturbed_ages as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age,
        {{ perturbed('person_count') }}
    from ages
),

-- Everybody is in the total; who has a sex is also in that sex.
rows_of_ages as (
    {% for sex in ["'total'", 'sex'] -%}
    select
        area_level,
        area_code,
        area_name,
        {{ sex }} as sex,
        sex as own_sex,
        age,
        person_count
    from perturbed_ages
    {{ "where sex in ('male', 'female')" if loop.last }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

totals as (
    {% for sex in ["'total'", 'sex'] -%}
    select
        area_level,
        area_code,
        {{ sex }} as sex,
        cast(sum(person_count) as bigint) as person_count,
        cast(sum(person_cell_key) as bigint) as person_cell_key
    from ages
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

measured as (
    select
        area_level,
        area_code,
        min(area_name) as area_name,
        sex,
        {{ people_aged('age', 'person_count', 23, 62) }} as whipple_people,
        {{ people_aged('age', 'person_count', 10, 89) }} as myers_people,
        {{ people_aged('age', 'person_count', 5, 74) }} as un_people,
        {{ whipple_index('age', 'person_count') }} as whipple_index,
        {{ whipple_index('age', 'person_count', [0]) }} as whipple_0_index,
        {{ whipple_index('age', 'person_count', [5]) }} as whipple_5_index,
        {{ myers_blended_index('age', 'person_count') }} as myers_blended_index,
        {{ un_age_sex_accuracy_index('age', men, women) }} as un_age_sex_accuracy_index
    from rows_of_ages
    group by area_level, area_code, sex
),

final as (
    select
        measured.area_level,
        measured.area_code,
        measured.area_name,
        measured.sex,
        totals.person_count,
        totals.person_cell_key,
        {{ index_of_enough('measured.whipple_index', 'measured.whipple_people') }} as whipple_index,
        {{ index_of_enough('measured.whipple_0_index', 'measured.whipple_people') }} as whipple_0_index,
        {{ index_of_enough('measured.whipple_5_index', 'measured.whipple_people') }} as whipple_5_index,
        {{ index_of_enough('measured.myers_blended_index', 'measured.myers_people') }} as myers_blended_index,
        {{ index_of_enough("case when measured.sex = 'total' then measured.un_age_sex_accuracy_index end", 'measured.un_people') }}
            as un_age_sex_accuracy_index
    from measured
    inner join totals
        on measured.area_level = totals.area_level
        and measured.area_code = totals.area_code
        and measured.sex = totals.sex
)

select * from final

{% set men = "case when own_sex = 'male' then person_count end" %}
{% set women = "case when own_sex = 'female' then person_count end" %}

with

ages as (
    select * from {{ ref('person_count_by_age') }}
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
    from ages
    {{ "where sex in ('male', 'female')" if loop.last }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sexes as (
    select
        area_level,
        area_code,
        sex,
        sum(person_count) as person_count
    from ages
    group by area_level, area_code, sex
),

smallest as (
    select
        area_level,
        area_code,
        min(person_count) as person_count
    from sexes
    group by area_level, area_code
),

measured as (
    select
        area_level,
        area_code,
        min(area_name) as area_name,
        sex,
        sum(person_count) as person_count,
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
        cast(measured.person_count as bigint) as person_count,
        cast(case when measured.sex = 'total' then measured.person_count else smallest.person_count end as bigint)
            as smallest_part_count,
        {{ index_of_enough('measured.whipple_index', 'measured.whipple_people') }} as whipple_index,
        {{ index_of_enough('measured.whipple_0_index', 'measured.whipple_people') }} as whipple_0_index,
        {{ index_of_enough('measured.whipple_5_index', 'measured.whipple_people') }} as whipple_5_index,
        {{ index_of_enough('measured.myers_blended_index', 'measured.myers_people') }} as myers_blended_index,
        {{ index_of_enough("case when measured.sex = 'total' then measured.un_age_sex_accuracy_index end", 'measured.un_people') }}
            as un_age_sex_accuracy_index
    from measured
    inner join smallest
        on measured.area_level = smallest.area_level
        and measured.area_code = smallest.area_code
)

select * from final

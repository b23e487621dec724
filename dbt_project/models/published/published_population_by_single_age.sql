{{ config(alias='population_by_single_age') }}

with

single_ages as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        case when age > 100 then 100 else age end as age,
        {{ age_group('age') }} as age_group,
        person_count
    from {{ ref('person_count_by_age') }}
    where area_level = 'regency'
),

five_year_groups as (
    select * from {{ ref('published_population_by_age_sex') }}
),

grouped as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age,
        age_group,
        cast(sum(person_count) as bigint) as person_count
    from single_ages
    group by area_level, area_code, area_name, sex, age, age_group
),

compared as (
    select
        grouped.*,
        {{ smallest_beside('person_count', ['area_level', 'area_code', 'sex', 'age_group'], 'age') }} as beside_count
    from grouped
),

-- All ages of a group would give a withheld group away, all but one of a group that is shown the last one.
judged as (
    select
        compared.*,
        {{ is_small('compared.person_count') }}
            or {{ is_small('compared.beside_count') }}
            or five_year_groups.is_suppressed as is_suppressed
    from compared
    inner join five_year_groups
        on compared.area_level = five_year_groups.area_level
        and compared.area_code = five_year_groups.area_code
        and compared.sex = five_year_groups.sex
        and compared.age_group = five_year_groups.age_group
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age,
        case when not is_suppressed then person_count end as person_count,
        is_suppressed
    from judged
)

select * from final

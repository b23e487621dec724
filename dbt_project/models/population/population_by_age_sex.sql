with

single_ages as (
    select * from {{ ref('person_count_by_age') }}
),

grouped as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        {{ age_group('age') }} as age_group,
        person_count
    from single_ages
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        cast(sum(person_count) as bigint) as person_count
    from grouped
    group by area_level, area_code, area_name, sex, age_group
)

select * from final

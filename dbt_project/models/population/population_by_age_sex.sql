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
        person_count,
        person_cell_key
    from single_ages
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        cast(sum(person_count) as bigint) as person_count,
        cast(sum(person_cell_key) as bigint) as person_cell_key
    from grouped
    group by area_level, area_code, area_name, sex, age_group
)

select * from final

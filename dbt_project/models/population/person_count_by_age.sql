with

persons as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('person') }}
    where is_counted
),

units as (
    select * from {{ ref('area_unit') }} where area_level in ('regency', 'district', 'village')
),

areas as (
    select * from {{ ref('area') }}
),

grouped as (
    select
        unit_code,
        coalesce(sex, 'unknown') as sex,
        age,
        count(*) as person_count
    from persons
    group by 1, 2, 3
),

final as (
    select
        units.area_level,
        units.area_code,
        min(areas.area_name) as area_name,
        grouped.sex,
        grouped.age,
        cast(sum(grouped.person_count) as bigint) as person_count
    from grouped
    inner join units
        on grouped.unit_code = units.unit_code
    inner join areas
        on units.area_level = areas.area_level
        and units.area_code = areas.area_code
    group by units.area_level, units.area_code, grouped.sex, grouped.age
)

select * from final

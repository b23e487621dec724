with

areas as (
    select * from {{ ref('area') }} where area_level in ('regency', 'district', 'village')
),

work_areas as (
    select area_code from {{ ref('area') }} where area_level = 'sls'
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

sampled as (
    select distinct sls_code from {{ ref('coverage_sample') }}
),

final as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        count(work_areas.area_code) as work_area_count,
        count(sampled.sls_code) as sampled_work_area_count
    from areas
    inner join units
        on areas.area_level = units.area_level
        and areas.area_code = units.area_code
    inner join work_areas
        on units.unit_code = work_areas.area_code
    left join sampled
        on work_areas.area_code = sampled.sls_code
    group by areas.area_level, areas.area_code, areas.area_name
)

select * from final

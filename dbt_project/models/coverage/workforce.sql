with

work as (
    select distinct
        officer_id,
        event_date,
        unit_code,
        sls_code
    from {{ ref('officer_work') }}
),

supervisors as (
    select * from {{ ref('work_area_officer') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

days as (
    select * from {{ ref('coverage_daily') }}
),

staff as (
    select
        units.area_level,
        units.area_code,
        work.event_date,
        count(distinct work.officer_id) as officer_count,
        count(distinct supervisors.supervisor_id) as supervisor_count
    from work
    inner join units
        on work.unit_code = units.unit_code
    left join supervisors
        on work.sls_code = supervisors.sls_code
    where work.event_date is not null
    group by units.area_level, units.area_code, work.event_date
),

final as (
    select
        days.area_level,
        days.area_code,
        days.area_name,
        days.event_date,
        staff.officer_count,
        staff.supervisor_count,
        days.verified_person_count,
        days.verified_person_cell_key,
        days.checked_household_count,
        days.checked_household_cell_key,
        days.interviewed_household_count,
        days.interviewed_household_cell_key
    from staff
    inner join days
        on staff.area_level = days.area_level
        and staff.area_code = days.area_code
        and staff.event_date = days.event_date
    where days.area_level in ('regency', 'district', 'village')
)

select * from final

{% set measures_of_phases = {'online': 'responded_household', 'field': 'checked_household'} %}

with

measures as (
    select * from {{ ref('area_measure') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

areas as (
    select * from {{ ref('area') }} where area_level <> 'country'
),

windows as (
    select * from {{ ref('phase_calendar') }} where phase in ('{{ measures_of_phases | join("', '") }}')
),

as_of as (
    select * from {{ ref('as_of') }}
),

reached as (
    select
        case measures.measure {%- for phase, measure in measures_of_phases.items() %} when '{{ measure }}' then '{{ phase }}' {%- endfor %} end as phase,
        measures.unit_code,
        measures.event_date,
        measures.value,
        measures.cell_key
    from measures
    cross join as_of
    where measures.measure in ('{{ measures_of_phases.values() | join("', '") }}') and measures.event_date <= as_of.as_of
),

-- What a regency has not delivered yet is no standstill: its seven days end with the newest day that it delivered.
delivered as (
    select
        reached.phase,
        windows.regency_code,
        max(reached.event_date) as data_through_date
    from reached
    inner join windows
        on windows.phase = reached.phase
        and windows.regency_code = substr(reached.unit_code, 1, 4)
    where reached.event_date <= windows.end_date
    group by reached.phase, windows.regency_code
),

-- A province follows the plan for all areas: its regencies may have windows of their own.
area_windows as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        windows.phase,
        windows.start_date,
        windows.end_date,
        windows.is_closed,
        max(delivered.data_through_date) as data_through_date
    from areas
    inner join windows
        on windows.regency_code = case when areas.area_level = 'province' then '00' else substr(areas.area_code, 1, 4) end
    left join delivered
        on windows.phase = delivered.phase
        and substr(areas.area_code, 1, 4) = substr(delivered.regency_code, 1, length(substr(areas.area_code, 1, 4)))
    group by 1, 2, 3, 4, 5, 6, 7
),

targets as (
    {{ household_targets() }}
),

days as (
    select
        units.area_level,
        units.area_code,
        reached.phase,
        reached.event_date,
        sum(reached.value) as value,
        sum(reached.cell_key) as cell_key
    from reached
    inner join units
        on reached.unit_code = units.unit_code
    group by units.area_level, units.area_code, reached.phase, reached.event_date
),

area_days as (
    select
        area_windows.*,
        days.value,
        days.cell_key,
        case
            when days.event_date > {{ dbt.dateadd('day', -7, 'area_windows.data_through_date') }} and days.event_date <= area_windows.data_through_date
                then days.value
        end as week_value,
        case
            when days.event_date > {{ dbt.dateadd('day', -7, 'area_windows.data_through_date') }} and days.event_date <= area_windows.data_through_date
                then days.cell_key
        end as week_cell_key
    from area_windows
    left join days
        on area_windows.area_level = days.area_level
        and area_windows.area_code = days.area_code
        and area_windows.phase = days.phase
),

-- Days without anybody are days too: seven of them, whatever came.
final as (
    select
        area_days.area_level,
        area_days.area_code,
        area_days.area_name,
        area_days.phase,
        area_days.start_date,
        area_days.end_date,
        area_days.is_closed,
        area_days.data_through_date,
        targets.target_household_count,
        {%- for column, sum in {
            'reached_household_count': 'area_days.value',
            'reached_household_cell_key': 'area_days.cell_key',
            'seven_day_household_count': 'area_days.week_value',
            'seven_day_household_cell_key': 'area_days.week_cell_key',
            'seven_day_square_sum': 'area_days.week_value * area_days.week_value',
        }.items() %}
        cast(coalesce(sum({{ sum }}), 0) as bigint) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from area_days
    left join targets
        on area_days.area_level = targets.area_level
        and area_days.area_code = targets.area_code
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)

select * from final

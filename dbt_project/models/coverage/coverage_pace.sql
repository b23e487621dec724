{% set measures_of_phases = {'online': 'responded_household', 'field': 'checked_household'} %}
{# Two-sided 95 percent point of Student's t with six degrees of freedom, for the spread of seven days. #}
{% set t = '2.4469' %}
{% set float = dbt.type_float() %}

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
    select * from {{ ref('phase_calendar') }}
),

as_of as (
    select * from {{ ref('as_of') }}
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
        windows.is_closed
    from areas
    inner join windows
        on windows.regency_code = case when areas.area_level = 'province' then '00' else substr(areas.area_code, 1, 4) end
    where windows.phase in ('{{ measures_of_phases | join("', '") }}')
),

reached as (
    {% for phase, measure in measures_of_phases.items() -%}
    select
        '{{ phase }}' as phase,
        measures.unit_code,
        measures.event_date,
        measures.value,
        measures.cell_key
    from measures
    cross join as_of
    where measures.measure = '{{ measure }}' and measures.event_date <= as_of.as_of
    {{ "union all" if not loop.last }}
    {% endfor %}
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

area_days as (
    select
        area_windows.area_level,
        area_windows.area_code,
        area_windows.phase,
        max(delivered.data_through_date) as data_through_date
    from area_windows
    inner join delivered
        on area_windows.phase = delivered.phase
        and substr(area_windows.area_code, 1, 4) = substr(delivered.regency_code, 1, length(substr(area_windows.area_code, 1, 4)))
    group by area_windows.area_level, area_windows.area_code, area_windows.phase
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

sums as (
    select
        days.area_level,
        days.area_code,
        days.phase,
        sum(days.value) as reached_household_count,
        sum(days.cell_key) as reached_household_cell_key,
        sum(case when days.event_date > {{ dbt.dateadd('day', -7, 'area_days.data_through_date') }} and days.event_date <= area_days.data_through_date then days.value end) as week_count,
        sum(case when days.event_date > {{ dbt.dateadd('day', -7, 'area_days.data_through_date') }} and days.event_date <= area_days.data_through_date then days.cell_key end) as week_cell_key,
        sum(case when days.event_date > {{ dbt.dateadd('day', -7, 'area_days.data_through_date') }} and days.event_date <= area_days.data_through_date then days.value * days.value end) as week_square
    from days
    inner join area_days
        on days.area_level = area_days.area_level
        and days.area_code = area_days.area_code
        and days.phase = area_days.phase
    group by days.area_level, days.area_code, days.phase
),

-- Days without anybody are days too: seven of them, whatever came.
counted as (
    select
        area_windows.*,
        area_days.data_through_date,
        targets.target_household_count,
        cast(coalesce(sums.reached_household_count, 0) as bigint) as reached_household_count,
        cast(coalesce(sums.reached_household_cell_key, 0) as bigint) as reached_household_cell_key,
        {{ remaining('targets.target_household_count', 'coalesce(sums.reached_household_count, 0)') }} as remaining_household_count,
        cast(coalesce(sums.week_count, 0) as bigint) as seven_day_household_count,
        cast(coalesce(sums.week_cell_key, 0) as bigint) as seven_day_household_cell_key,
        cast(coalesce(sums.week_count, 0) as {{ float }}) / 7 as pace,
        cast(coalesce(7 * sums.week_square - sums.week_count * sums.week_count, 0) as {{ float }}) / 42 as variance
    from area_windows
    left join area_days
        on area_windows.area_level = area_days.area_level
        and area_windows.area_code = area_days.area_code
        and area_windows.phase = area_days.phase
    left join targets
        on area_windows.area_level = targets.area_level
        and area_windows.area_code = targets.area_code
    left join sums
        on area_windows.area_level = sums.area_level
        and area_windows.area_code = sums.area_code
        and area_windows.phase = sums.phase
),

judged as (
    select
        counted.*,
        case
            when coalesce(counted.target_household_count, 0) = 0 then 'no_target'
            when counted.remaining_household_count = 0 then 'complete'
            when counted.is_closed then 'window_closed'
            when counted.data_through_date is null or counted.data_through_date < counted.start_date then 'not_started'
            when counted.data_through_date < {{ dbt.dateadd('day', 6, 'counted.start_date') }} then 'too_early'
            when counted.seven_day_household_count = 0 then 'no_progress'
            when counted.remaining_household_count > 3650 * counted.pace then 'too_slow'
            else 'projected'
        end as projection_status
    from counted
),

-- After d more days the total is d * pace, give or take t * sqrt(variance * (d + d * d / 7)): the days' own spread and that of
-- their mean. Where the upper and the lower end of that range come to what remains are the roots of a * d * d - b * d + c = 0
-- with the numbers below; where a is not above 0, the lower end never does.
equations as (
    select
        judged.*,
        pace * pace - {{ t }} * {{ t }} * variance / 7 as a,
        2 * remaining_household_count * pace + {{ t }} * {{ t }} * variance as b,
        cast(remaining_household_count as {{ float }}) * remaining_household_count as c,
        -- b * b - 4 * a * c, written so that no rounding makes it negative
        sqrt({{ t }} * {{ t }} * variance * (
            4 * remaining_household_count * pace
            + {{ t }} * {{ t }} * variance
            + 4.0 / 7 * remaining_household_count * remaining_household_count
        )) as root
    from judged
    where projection_status = 'projected'
),

-- Whole days; what lies a rounding error above one is that one.
durations as (
    select
        area_level,
        area_code,
        phase,
        cast(ceil(7.0 * remaining_household_count / seven_day_household_count) as integer) as expected_days,
        cast(ceil(2 * c / (b + root) - 1e-9) as integer) as fewest_days,
        cast(case when a > 0 and b + root <= 3650 * 2 * a then ceil((b + root) / (2 * a) - 1e-9) end as integer) as most_days
    from equations
),

final as (
    select
        judged.area_level,
        judged.area_code,
        judged.area_name,
        judged.phase,
        judged.start_date,
        judged.end_date,
        judged.data_through_date,
        judged.target_household_count,
        judged.reached_household_count,
        judged.reached_household_cell_key,
        judged.seven_day_household_count,
        judged.seven_day_household_cell_key,
        cast({{ dbt.dateadd('day', 'durations.expected_days', 'judged.data_through_date') }} as date) as projected_date,
        cast({{ dbt.dateadd('day', 'durations.fewest_days', 'judged.data_through_date') }} as date) as projected_earliest_date,
        cast({{ dbt.dateadd('day', 'durations.most_days', 'judged.data_through_date') }} as date) as projected_latest_date,
        judged.projection_status
    from judged
    left join durations
        on judged.area_level = durations.area_level
        and judged.area_code = durations.area_code
        and judged.phase = durations.phase
)

select * from final

{% set measures_of_phases = {'online': 'responded_household', 'field': 'checked_household'} %}
{# Two-sided 95 percent point of Student's t with six degrees of freedom, for the spread of seven days. #}
{% set t = '2.4469' %}
{% set float = dbt.type_float() %}

with

measures as (
    select * from {{ ref('area_measure') }}
),

units as (
    select * from {{ ref('area_unit') }}
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
        measures.value
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
    select
        units.area_level,
        units.area_code,
        {{ target_count('target_household') }} as target_household_count
    from units
    inner join measures
        on units.unit_code = measures.unit_code
    group by units.area_level, units.area_code
),

days as (
    select
        units.area_level,
        units.area_code,
        reached.phase,
        reached.event_date,
        sum(reached.value) as value
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
        sum(case when days.event_date > {{ dbt.dateadd('day', -7, 'area_days.data_through_date') }} and days.event_date <= area_days.data_through_date then days.value end) as week_count,
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
        {{ remaining('targets.target_household_count', 'coalesce(sums.reached_household_count, 0)') }} as remaining_household_count,
        cast(coalesce(sums.week_count, 0) as bigint) as seven_day_household_count,
        cast(coalesce(sums.week_count, 0) as {{ float }}) / 7 as pace,
        (coalesce(sums.week_square, 0) - cast(coalesce(sums.week_count, 0) as {{ float }}) * coalesce(sums.week_count, 0) / 7) / 6 as variance
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
-- their mean. The days at whose ends that range begins and ends to hold what remains are the roots of
-- (pace^2 - t^2 variance / 7) d^2 - (2 remaining pace + t^2 variance) d + remaining^2 = 0; without a second root there is no end.
coefficients as (
    select
        judged.*,
        pace * pace - {{ t }} * {{ t }} * variance / 7 as a,
        2 * remaining_household_count * pace + {{ t }} * {{ t }} * variance as b,
        cast(remaining_household_count as {{ float }}) * remaining_household_count as c
    from judged
),

durations as (
    select
        coefficients.*,
        case when projection_status = 'projected' then ceil(remaining_household_count / pace) end as expected_days,
        case when projection_status = 'projected' then ceil(2 * c / (b + sqrt(b * b - 4 * a * c))) end as fewest_days,
        case
            when projection_status = 'projected' and a > 0 and (b + sqrt(b * b - 4 * a * c)) / (2 * a) <= 3650
                then ceil((b + sqrt(b * b - 4 * a * c)) / (2 * a))
        end as most_days
    from coefficients
),

final as (
    select
        area_level,
        area_code,
        area_name,
        phase,
        start_date,
        end_date,
        data_through_date,
        target_household_count,
        reached_household_count,
        cast(remaining_household_count as bigint) as remaining_household_count,
        {{ percent('reached_household_count', 'target_household_count') }} as reached_household_percent,
        seven_day_household_count,
        cast(round(seven_day_household_count / 7.0, 2) as numeric(12, 2)) as households_per_day,
        cast({{ dbt.dateadd('day', 'cast(expected_days as integer)', 'data_through_date') }} as date) as projected_date,
        cast({{ dbt.dateadd('day', 'cast(fewest_days as integer)', 'data_through_date') }} as date) as projected_earliest_date,
        cast({{ dbt.dateadd('day', 'cast(most_days as integer)', 'data_through_date') }} as date) as projected_latest_date,
        projection_status
    from durations
)

select * from final

{# Two-sided 95 percent point of Student's t with six degrees of freedom, for the spread of seven days. #}
{% set t = '2.4469' %}
{% set float = type_named('double precision') %}

with

areas as (
    select * from {{ ref('area_pace') }}
),

counted as (
    select
        *,
        {{ remaining('target_household_count', 'reached_household_count') }} as remaining_household_count,
        cast(seven_day_household_count as {{ float }}) / 7 as pace,
        cast(7 * seven_day_square_sum - seven_day_household_count * seven_day_household_count as {{ float }}) / 42 as variance
    from areas
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

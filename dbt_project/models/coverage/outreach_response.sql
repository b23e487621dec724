{% set days = outreach_days() %}
{% set moments = ['before', 'after'] %}

with

activities as (
    select
        *,
        {{ dbt.dateadd('day', -days, 'activity_date') }} as first_date,
        {{ dbt.dateadd('day', days, 'activity_date') }} as last_date
    from {{ ref('outreach_activity') }}
),

touched as (
    select * from {{ ref('outreach_touch') }}
),

observed as (
    select * from {{ ref('outreach_area') }}
),

areas as (
    select * from {{ ref('area') }}
),

targets as (
    select * from {{ ref('coverage_by_area') }} where target_household_count > 0
),

windows as (
    select * from {{ ref('phase_calendar') }} where phase = 'online'
),

as_of as (
    select * from {{ ref('as_of') }}
),

others as (
    select
        activities.activity_key,
        count(*) as other_activity_count
    from activities
    inner join touched
        on activities.addressed_code = touched.touched_code
        and activities.activity_key <> touched.activity_key
        and touched.activity_date between activities.first_date and activities.last_date
    group by activities.activity_key
),

counted as (
    select
        activity_key,
        {%- for side, condition in {'': 'is_addressed', 'comparison_': 'not is_addressed'}.items() %}
        {%- for moment in moments %}
        {%- for part in ['count', 'cell_key'] %}
        sum(case when {{ condition }} then {{ moment }}_household_{{ part }} end) as {{ side }}{{ moment }}_household_{{ part }},
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
        sum(case when not is_addressed then 1 else 0 end) as comparison_area_count,
        cast(sum(target_household_count) as bigint) as comparison_target_count
    from observed
    group by activity_key
),

judged as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        activities.activity_key,
        activities.activity_id,
        activities.activity_date,
        activities.channel,
        activities.reached_count,
        targets.target_household_count,
        case
            when activities.activity_date is null then 'date_unknown'
            when activities.addressed_code is null then 'area_unknown'
            when
                activities.first_date < coalesce(windows.start_date, windows_everywhere.start_date)
                or activities.last_date > coalesce(windows.end_date, windows_everywhere.end_date)
                or activities.last_date > as_of.as_of
                then 'days_missing'
            when targets.target_household_count is null then 'target_missing'
            when areas.area_level in ('country', 'province', 'regency') then 'whole_regency'
            when counted.comparison_area_count = 0 then 'no_untouched_area'
        end as not_compared_reason,
        counted.comparison_area_count,
        counted.comparison_target_count,
        {%- for moment in moments %}
        {%- for part in ['count', 'cell_key'] %}
        counted.{{ moment }}_household_{{ part }},
        counted.comparison_{{ moment }}_household_{{ part }},
        {%- endfor %}
        {%- endfor %}
        coalesce(others.other_activity_count, 0) as other_activity_count
    from activities
    inner join areas
        on activities.place_code = areas.area_code
    left join targets
        on activities.addressed_code = targets.area_code
    left join windows
        on substr(activities.place_code, 1, 4) = windows.regency_code
    left join windows as windows_everywhere
        on windows_everywhere.regency_code = '00'
    left join counted
        on activities.activity_key = counted.activity_key
    left join others
        on activities.activity_key = others.activity_key
    cross join as_of
),

final as (
    select
        area_level,
        area_code,
        area_name,
        activity_id,
        activity_date,
        channel,
        reached_count,
        target_household_count,
        {%- for moment in moments %}
        {%- for part in ['count', 'cell_key'] %}
        case
            when coalesce(not_compared_reason, '') not in ('date_unknown', 'area_unknown', 'days_missing')
                then cast({{ moment }}_household_{{ part }} as bigint)
        end as {{ moment }}_household_{{ part }},
        case
            when not_compared_reason is null then cast(comparison_{{ moment }}_household_{{ part }} as bigint)
        end as comparison_{{ moment }}_household_{{ part }},
        {%- endfor %}
        {%- endfor %}
        case when not_compared_reason is null then comparison_area_count else 0 end as comparison_area_count,
        comparison_target_count,
        other_activity_count,
        not_compared_reason
    from judged
)

select * from final

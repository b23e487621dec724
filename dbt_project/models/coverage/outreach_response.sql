{% set days = outreach_days() %}
{% set sides = {'': 'observed.is_addressed', 'comparison_': 'not observed.is_addressed'} %}
{% set moments = {'before': '<', 'after': '>'} %}

with

outreach as (
    {{ placed_records('stg_outreach', 'bps_code') }}
    where records.is_latest
),

areas as (
    select * from {{ ref('area') }}
),

targets as (
    select * from {{ ref('coverage_by_area') }} where target_household_count > 0
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

measures as (
    select * from {{ ref('area_measure') }} where measure = 'responded_household' and event_date is not null
),

windows as (
    select * from {{ ref('phase_calendar') }} where phase = 'online'
),

as_of as (
    select * from {{ ref('as_of') }}
),

activities as (
    select
        outreach.natural_key,
        case
            when {{ is_publishable('outreach.activity_id') }} and outreach.activity_id is not null then outreach.activity_id
            else 'activity ' || cast(outreach.file_id as {{ dbt.type_string() }}) || '-' || cast(outreach.record_no as {{ dbt.type_string() }})
        end as activity_id,
        outreach.activity_date,
        outreach.channel,
        outreach.reached_count,
        addressed.area_code as addressed_code,
        coalesce(addressed.area_code, outreach.unit_code) as place_code
    from outreach
    left join areas as addressed
        on outreach.current_code = addressed.area_code
),

responses as (
    select
        units.area_code,
        measures.event_date,
        sum(measures.value) as household_count,
        sum(measures.cell_key) as household_cell_key
    from measures
    inner join units
        on measures.unit_code = units.unit_code
    group by units.area_code, measures.event_date
),

-- What an activity may have moved: the area addressed, every part of it, and every area around it.
touched as (
    select
        activities.natural_key,
        activities.activity_date,
        activities.addressed_code,
        units.area_code as touched_code
    from activities
    inner join units
        on activities.addressed_code = units.unit_code

    union

    select
        activities.natural_key,
        activities.activity_date,
        activities.addressed_code,
        units.unit_code as touched_code
    from activities
    inner join units
        on activities.addressed_code = units.area_code
),

others as (
    select
        activities.natural_key,
        count(*) as other_activity_count
    from activities
    inner join touched
        on activities.addressed_code = touched.touched_code
        and activities.natural_key <> touched.natural_key
        and touched.activity_date between {{ dbt.dateadd('day', -days, 'activities.activity_date') }} and {{ dbt.dateadd('day', days, 'activities.activity_date') }}
    group by activities.natural_key
),

-- Comparable is an area of the same level and regency in which nothing else happened those days: what was addressed to an area
-- around the activity's own moved both, and falls out of the difference.
candidates as (
    select
        activities.natural_key,
        activities.addressed_code,
        activities.activity_date,
        targets.area_code,
        targets.target_household_count
    from activities
    inner join areas
        on activities.addressed_code = areas.area_code
    inner join targets
        on areas.area_level = targets.area_level
        and substr(activities.addressed_code, 1, 4) = substr(targets.area_code, 1, 4)
        and activities.addressed_code <> targets.area_code
    where areas.area_level in ('district', 'village', 'sls')
),

disturbed as (
    select distinct
        candidates.natural_key,
        candidates.area_code
    from candidates
    inner join touched
        on candidates.area_code = touched.touched_code
        and touched.activity_date between {{ dbt.dateadd('day', -days, 'candidates.activity_date') }} and {{ dbt.dateadd('day', days, 'candidates.activity_date') }}
    left join units as around
        on candidates.addressed_code = around.unit_code
        and touched.addressed_code = around.area_code
    where around.area_code is null
),

comparable as (
    select
        candidates.natural_key,
        candidates.activity_date,
        candidates.area_code,
        candidates.target_household_count
    from candidates
    left join disturbed
        on candidates.natural_key = disturbed.natural_key
        and candidates.area_code = disturbed.area_code
    where disturbed.area_code is null
),

compared as (
    select
        natural_key,
        count(*) as comparison_area_count,
        cast(sum(target_household_count) as bigint) as comparison_target_count
    from comparable
    group by natural_key
),

observed as (
    select
        natural_key,
        activity_date,
        addressed_code as area_code,
        true as is_addressed
    from activities

    union all

    select
        natural_key,
        activity_date,
        area_code,
        false as is_addressed
    from comparable
),

-- The day itself is half before and half after, and counts for neither.
counted as (
    select
        {% for side, is_side in sides.items() -%}
        {% for moment, sign in moments.items() -%}
        {% for part in ['count', 'cell_key'] -%}
        sum(case when {{ is_side }} and responses.event_date {{ sign }} observed.activity_date then responses.household_{{ part }} end) as {{ side }}{{ moment }}_household_{{ part }},
        {% endfor -%}
        {% endfor -%}
        {% endfor -%}
        observed.natural_key
    from observed
    inner join responses
        on observed.area_code = responses.area_code
        and responses.event_date between {{ dbt.dateadd('day', -days, 'observed.activity_date') }} and {{ dbt.dateadd('day', days, 'observed.activity_date') }}
    group by observed.natural_key
),

judged as (
    select
        activities.*,
        areas.area_level,
        areas.area_code,
        areas.area_name,
        targets.target_household_count,
        case
            when activities.activity_date is null then 'date_unknown'
            when activities.addressed_code is null then 'area_unknown'
            when
                {{ dbt.dateadd('day', -days, 'activities.activity_date') }} < coalesce(windows.start_date, windows_everywhere.start_date)
                or {{ dbt.dateadd('day', days, 'activities.activity_date') }} > coalesce(windows.end_date, windows_everywhere.end_date)
                or {{ dbt.dateadd('day', days, 'activities.activity_date') }} > as_of.as_of
                then 'days_missing'
            when targets.target_household_count is null then 'target_missing'
            when areas.area_level in ('country', 'province', 'regency') then 'whole_regency'
            when compared.natural_key is null then 'no_untouched_area'
        end as not_compared_reason
    from activities
    inner join areas
        on activities.place_code = areas.area_code
    left join targets
        on activities.addressed_code = targets.area_code
    left join windows
        on substr(activities.place_code, 1, 4) = windows.regency_code
    left join windows as windows_everywhere
        on windows_everywhere.regency_code = '00'
    left join compared
        on activities.natural_key = compared.natural_key
    cross join as_of
),

measured as (
    select
        judged.*,
        coalesce(others.other_activity_count, 0) as other_activity_count,
        case when judged.not_compared_reason is null then compared.comparison_area_count else 0 end as comparison_area_count,
        {% for moment in moments -%}
        {% for part in ['count', 'cell_key'] -%}
        case
            when judged.not_compared_reason is null or judged.not_compared_reason in ('target_missing', 'whole_regency', 'no_untouched_area')
                then cast(coalesce(counted.{{ moment }}_household_{{ part }}, 0) as bigint)
        end as {{ moment }}_household_{{ part }},
        case
            when judged.not_compared_reason is null then cast(coalesce(counted.comparison_{{ moment }}_household_{{ part }}, 0) as bigint)
        end as comparison_{{ moment }}_household_{{ part }},
        {% endfor -%}
        {% endfor -%}
        compared.comparison_target_count
    from judged
    left join others
        on judged.natural_key = others.natural_key
    left join compared
        on judged.natural_key = compared.natural_key
    left join counted
        on judged.natural_key = counted.natural_key
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
        {% for side in sides -%}
        {% for moment in moments -%}
        {% for part in ['count', 'cell_key'] -%}
        {{ side }}{{ moment }}_household_{{ part }},
        {% endfor -%}
        {% endfor -%}
        {% endfor -%}
        comparison_area_count,
        comparison_target_count,
        other_activity_count,
        not_compared_reason
    from measured
)

select * from final

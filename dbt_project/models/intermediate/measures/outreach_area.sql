{% set days = outreach_days() %}
{% set moments = {'before': '<', 'after': '>'} %}

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

areas as (
    select * from {{ ref('area') }} where area_level in ('district', 'village', 'sls')
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

-- Comparable is an area of the same level and regency in which nothing else happened those days: what was addressed to an area
-- around the activity's own moved both, and falls out of the difference.
candidates as (
    select
        activities.*,
        targets.area_code,
        targets.target_household_count
    from activities
    inner join areas
        on activities.addressed_code = areas.area_code
    inner join targets
        on areas.area_level = targets.area_level
        and substr(activities.addressed_code, 1, 4) = substr(targets.area_code, 1, 4)
        and activities.addressed_code <> targets.area_code
),

disturbed as (
    select distinct
        candidates.activity_key,
        candidates.area_code
    from candidates
    inner join touched
        on candidates.area_code = touched.touched_code
        and touched.activity_date between candidates.first_date and candidates.last_date
    left join units as around
        on candidates.addressed_code = around.unit_code
        and touched.addressed_code = around.area_code
    where around.area_code is null
),

observed as (
    select
        activity_key,
        activity_date,
        first_date,
        last_date,
        addressed_code as area_code,
        true as is_addressed,
        cast(null as bigint) as target_household_count
    from activities
    where addressed_code is not null

    union all

    select
        candidates.activity_key,
        candidates.activity_date,
        candidates.first_date,
        candidates.last_date,
        candidates.area_code,
        false as is_addressed,
        candidates.target_household_count
    from candidates
    left join disturbed
        on candidates.activity_key = disturbed.activity_key
        and candidates.area_code = disturbed.area_code
    where disturbed.area_code is null
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

-- The day itself is half before and half after, and counts for neither.
final as (
    select
        observed.activity_key,
        observed.area_code,
        observed.is_addressed,
        {%- for moment, sign in moments.items() %}
        {%- for part in ['count', 'cell_key'] %}
        cast(coalesce(sum(case when responses.event_date {{ sign }} observed.activity_date then responses.household_{{ part }} end), 0) as bigint) as {{ moment }}_household_{{ part }},
        {%- endfor %}
        {%- endfor %}
        observed.target_household_count
    from observed
    left join responses
        on observed.area_code = responses.area_code
        and responses.event_date between observed.first_date and observed.last_date
    group by observed.activity_key, observed.area_code, observed.is_addressed, observed.target_household_count
)

select * from final

{% set outcomes = ['complete', 'partial', 'refused', 'not_met', 'vacant'] %}

with

staff as (
    {{ placed_records('stg_officer') }}
    where records.is_latest and records.officer_id is not null
),

listed as (
    {{ placed_records('stg_verification') }}
    where records.is_latest
),

visits as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest
),

tasks as (
    select * from {{ ref('work_list') }}
),

calendar as (
    select * from {{ ref('phase_calendar') }} where phase = 'field' and regency_code <> '00'
),

as_of as (
    select * from {{ ref('as_of') }}
),

assignments as (
    select distinct
        officer_id,
        current_code as sls_code
    from staff
    where role = 'enumerator' and current_code is not null
),

lines as (
    select
        *,
        coalesce({{ local_date('verified_at') }}, period) as event_date
    from listed
),

interviews as (
    select
        *,
        coalesce({{ local_date('started_at') }}, period) as event_date
    from visits
),

supervisors as (
    select
        assignments.officer_id,
        min(staff.officer_id) as supervisor_id
    from assignments
    inner join staff
        on assignments.sls_code = staff.current_code
    where staff.role = 'supervisor'
    group by assignments.officer_id
),

work as (
    select
        officer_id,
        event_date,
        substr(current_code, 1, 4) as regency_code,
        'line' as kind,
        coalesce(family_card_no, 'line ' || natural_key) || coalesce(current_code, '') as household_key
    from lines
    where officer_id is not null

    union all

    select
        officer_id,
        event_date,
        substr(current_code, 1, 4) as regency_code,
        outcome as kind,
        null as household_key
    from interviews
    where officer_id is not null
),

day_totals as (
    select
        officer_id,
        event_date,
        min(regency_code) as regency_code,
        sum(case when kind = 'line' then 1 else 0 end) as verified_person_count,
        count(distinct household_key) as list_visit_count,
        {% for outcome in outcomes -%}
        sum(case when kind = '{{ outcome }}' then 1 else 0 end) as {{ outcome }}_household_count,
        {% endfor -%}
        sum(case when kind <> 'line' then 1 else 0 end) as interview_visit_count
    from work
    group by officer_id, event_date
),

sums as (
    select
        officer_id,
        min(regency_code) as regency_code,
        count(*) as active_day_count,
        sum(verified_person_count) as verified_person_count,
        sum(list_visit_count) as list_visit_count,
        {% for outcome in outcomes -%}
        sum({{ outcome }}_household_count) as {{ outcome }}_household_count,
        {% endfor -%}
        sum(interview_visit_count) as interview_visit_count
    from day_totals
    group by officer_id
),

area_lines as (
    select
        assignments.officer_id,
        assignments.sls_code,
        count(lines.file_id) as checked_count
    from assignments
    left join lines
        on assignments.sls_code = lines.current_code
    group by assignments.officer_id, assignments.sls_code
),

open_lines as (
    select
        area_code as sls_code,
        sum(case when reason = 'doubtful' then 1 else 0 end) as doubtful_count,
        sum(case when reason in ('online_not_checked', 'registry_not_checked', 'record_not_checked') then 1 else 0 end) as not_checked_count
    from tasks
    group by area_code
),

lists as (
    select
        area_lines.officer_id,
        min(substr(area_lines.sls_code, 1, 4)) as regency_code,
        count(*) as work_area_count,
        sum(area_lines.checked_count) + sum(coalesce(open_lines.not_checked_count, 0)) as listed_line_count,
        sum(coalesce(open_lines.doubtful_count, 0)) + sum(coalesce(open_lines.not_checked_count, 0)) as remaining_line_count
    from area_lines
    left join open_lines
        on area_lines.sls_code = open_lines.sls_code
    group by area_lines.officer_id
),

officers as (
    select officer_id from lists

    union

    select officer_id from sums
),

entries as (
    select
        officers.officer_id,
        cast(null as date) as event_date,
        coalesce(lists.regency_code, sums.regency_code) as regency_code,
        coalesce(lists.work_area_count, 0) as work_area_count,
        coalesce(lists.listed_line_count, 0) as listed_line_count,
        coalesce(lists.remaining_line_count, 0) as remaining_line_count,
        coalesce(sums.active_day_count, 0) as active_day_count,
        coalesce(sums.verified_person_count, 0) as verified_person_count,
        coalesce(sums.list_visit_count, 0) as list_visit_count,
        {% for outcome in outcomes -%}
        coalesce(sums.{{ outcome }}_household_count, 0) as {{ outcome }}_household_count,
        {% endfor -%}
        coalesce(sums.interview_visit_count, 0) as interview_visit_count
    from officers
    left join lists
        on officers.officer_id = lists.officer_id
    left join sums
        on officers.officer_id = sums.officer_id

    union all

    select
        officer_id,
        event_date,
        regency_code,
        null as work_area_count,
        null as listed_line_count,
        null as remaining_line_count,
        1 as active_day_count,
        verified_person_count,
        list_visit_count,
        {% for outcome in outcomes -%}
        {{ outcome }}_household_count,
        {% endfor -%}
        interview_visit_count
    from day_totals
),

final as (
    select
        entries.officer_id,
        supervisors.supervisor_id,
        entries.event_date,
        cast(entries.work_area_count as bigint) as work_area_count,
        cast(entries.listed_line_count as bigint) as listed_line_count,
        cast(entries.remaining_line_count as bigint) as remaining_line_count,
        {{ percent('(entries.listed_line_count - entries.remaining_line_count)', 'entries.listed_line_count') }} as done_percent,
        cast(entries.active_day_count as bigint) as active_day_count,
        cast(entries.verified_person_count as bigint) as verified_person_count,
        cast(entries.list_visit_count as bigint) as list_visit_count,
        cast(entries.interview_visit_count as bigint) as interview_visit_count,
        {% for outcome in outcomes -%}
        cast(entries.{{ outcome }}_household_count as bigint) as {{ outcome }}_household_count,
        {% endfor -%}
        cast(round(1.0 * (entries.list_visit_count + entries.interview_visit_count) / nullif(entries.active_day_count, 0), 2) as numeric(9, 2)) as visits_per_day,
        cast(greatest({{ dbt.datediff('as_of.as_of', 'calendar.end_date', 'day') }}, 0) as integer) as days_left_count
    from entries
    cross join as_of
    left join supervisors
        on entries.officer_id = supervisors.officer_id
    left join calendar
        on entries.regency_code = calendar.regency_code
)

select * from final

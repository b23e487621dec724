{% set counts = [
    'verified_person_count', 'list_visit_count', 'interview_visit_count', 'complete_household_count', 'partial_household_count',
    'refused_household_count', 'not_met_household_count', 'vacant_household_count',
] %}

with

days as (
    select * from {{ ref('officer_day') }}
),

lists as (
    select * from {{ ref('officer_list') }}
),

calendar as (
    select * from {{ ref('phase_calendar') }} where phase = 'field' and regency_code <> '00'
),

as_of as (
    select * from {{ ref('as_of') }}
),

sums as (
    select
        officer_id,
        min(regency_code) as regency_code,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        count(*) as active_day_count
    from days
    group by officer_id
),

entries as (
    select
        officer_id,
        cast(null as date) as event_date,
        coalesce(lists.regency_code, sums.regency_code) as regency_code,
        coalesce(lists.work_area_count, 0) as work_area_count,
        coalesce(lists.listed_line_count, 0) as listed_line_count,
        coalesce(lists.remaining_line_count, 0) as remaining_line_count,
        {%- for count in counts %}
        coalesce(sums.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        coalesce(sums.active_day_count, 0) as active_day_count
    from lists
    full outer join sums using (officer_id)

    union all

    select
        officer_id,
        event_date,
        regency_code,
        null as work_area_count,
        null as listed_line_count,
        null as remaining_line_count,
        {%- for count in counts %}
        {{ count }},
        {%- endfor %}
        1 as active_day_count
    from days
),

final as (
    select
        entries.officer_id,
        lists.supervisor_id,
        entries.event_date,
        entries.work_area_count,
        entries.listed_line_count,
        entries.remaining_line_count,
        {{ percent('(entries.listed_line_count - entries.remaining_line_count)', 'entries.listed_line_count') }} as done_percent,
        entries.active_day_count,
        {%- for count in counts %}
        cast(entries.{{ count }} as bigint) as {{ count }},
        {%- endfor %}
        cast(round(1.0 * (entries.list_visit_count + entries.interview_visit_count) / nullif(entries.active_day_count, 0), 2) as numeric(9, 2)) as visits_per_day,
        cast(greatest({{ dbt.datediff('as_of.as_of', 'calendar.end_date', 'day') }}, 0) as integer) as days_left_count
    from entries
    cross join as_of
    left join lists
        on entries.officer_id = lists.officer_id
    left join calendar
        on entries.regency_code = calendar.regency_code
)

select * from final

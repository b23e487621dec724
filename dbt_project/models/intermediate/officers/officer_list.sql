with

staff as (
    {{ placed_records('stg_officer') }}
    where records.is_latest and records.officer_id is not null
),

lines as (
    {{ placed_records('stg_verification') }}
    where records.is_latest
),

tasks as (
    select * from {{ ref('work_list') }}
),

supervisors as (
    select * from {{ ref('work_area_officer') }}
),

assignments as (
    select distinct
        officer_id,
        current_code as sls_code
    from staff
    where role = 'enumerator' and current_code is not null
),

checked_lines as (
    select
        current_code as sls_code,
        count(*) as checked_count
    from lines
    group by current_code
),

open_lines as (
    select
        area_code as sls_code,
        sum(case when reason = 'doubtful' then 1 else 0 end) as doubtful_count,
        sum(case when reason in ('online_not_checked', 'registry_not_checked', 'record_not_checked') then 1 else 0 end) as not_checked_count
    from tasks
    group by area_code
),

final as (
    select
        assignments.officer_id,
        min(supervisors.supervisor_id) as supervisor_id,
        min(substr(assignments.sls_code, 1, 4)) as regency_code,
        count(*) as work_area_count,
        cast(sum(coalesce(checked_lines.checked_count, 0) + coalesce(open_lines.not_checked_count, 0)) as bigint) as listed_line_count,
        cast(sum(coalesce(open_lines.doubtful_count, 0) + coalesce(open_lines.not_checked_count, 0)) as bigint) as remaining_line_count
    from assignments
    left join supervisors
        on assignments.sls_code = supervisors.sls_code
    left join checked_lines
        on assignments.sls_code = checked_lines.sls_code
    left join open_lines
        on assignments.sls_code = open_lines.sls_code
    group by assignments.officer_id
)

select * from final

with

persons as (
    select * from {{ ref('person') }}
),

verifications as (
    {{ placed_records('stg_verification') }}
),

registry as (
    select * from {{ ref('stg_registry') }}
),

submissions as (
    select
        submission_id,
        max(address) as address
    from {{ ref('stg_online_household') }}
    where is_latest
    group by submission_id
),

interviews as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest and records.outcome <> 'vacant'
),

areas as (
    select * from {{ ref('area') }} where area_level in ('village', 'sls')
),

assignments as (
    select * from {{ ref('work_area_officer') }}
),

-- A family's first line says where on the list its other members and its questionnaire belong.
families as (
    select
        current_code as sls_code,
        family_card_no,
        min(lpad(list_no, 10, '0')) as first_list_no
    from verifications
    where is_latest and family_card_no is not null
    group by current_code, family_card_no
),

person_tasks as (
    select
        'person ' || cast(persons.person_id as {{ dbt.type_string() }}) as task_id,
        case
            when persons.count_reason = 'doubtful' then 'doubtful'
            when persons.count_reason in ('online_here', 'online_not_checked') then 'online_not_checked'
            when persons.count_reason = 'registry_only' then 'registry_not_checked'
            when right(persons.count_reason, 5) = '_only' and persons.count_reason <> 'post_enumeration_survey_only' then 'record_not_checked'
        end as reason,
        persons.sls_code,
        coalesce(persons.sls_code, persons.area_code) as area_code,
        persons.family_card_no,
        verifications.list_no,
        case when persons.deciding_feed = 'online_person' then persons.return_id end as return_id,
        case persons.deciding_feed when 'registry' then registry.address when 'online_person' then submissions.address end as address,
        persons.sex,
        persons.age
    from persons
    left join verifications
        on persons.deciding_feed = 'verification'
        and persons.deciding_file_id = verifications.file_id
        and persons.deciding_record_no = verifications.record_no
    left join registry
        on persons.deciding_feed = 'registry'
        and persons.deciding_file_id = registry.file_id
        and persons.deciding_record_no = registry.record_no
    left join submissions
        on persons.return_id = submissions.submission_id
),

-- Of several visits to one family card in a work area the newest tells how things stand, unless one was completed.
visits as (
    select
        *,
        row_number() over (
            partition by current_code, coalesce('card ' || family_card_no, 'visit ' || natural_key)
            order by case when outcome = 'complete' then 0 else 1 end, started_at desc nulls last, interview_id
        ) as choice
    from interviews
),

visit_tasks as (
    select
        'interview ' || natural_key as task_id,
        'interview_' || outcome as reason,
        current_code as sls_code,
        coalesce(current_code, area_code) as area_code,
        family_card_no,
        cast(null as {{ dbt.type_string() }}) as list_no,
        interview_id as return_id,
        cast(null as {{ dbt.type_string() }}) as address,
        cast(null as {{ dbt.type_string() }}) as sex,
        cast(null as integer) as age
    from visits
    where choice = 1 and outcome <> 'complete'
),

tasks as (
    select * from person_tasks where reason is not null

    union all

    select * from visit_tasks
),

placed as (
    select
        tasks.*,
        coalesce(tasks.list_no, trim(leading '0' from families.first_list_no)) as line_no
    from tasks
    left join families using (sls_code, family_card_no)
),

final as (
    select
        tasks.task_id,
        assignments.supervisor_id,
        assignments.officer_id,
        tasks.area_code,
        areas.area_name,
        row_number() over (
            partition by tasks.area_code
            order by lpad(tasks.line_no, 10, '0') nulls last, tasks.address nulls last, tasks.return_id nulls last, tasks.task_id
        ) as visit_order,
        tasks.reason,
        tasks.line_no as list_no,
        tasks.return_id,
        tasks.address,
        tasks.sex,
        tasks.age
    from placed as tasks
    left join assignments using (sls_code)
    left join areas using (area_code)
)

select * from final

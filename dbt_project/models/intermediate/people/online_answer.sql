{{ config(materialized='view') }}

with

findings as (
    select * from {{ ref('person_finding') }}
),

people as (
    select * from {{ ref('stated_person') }}
),

-- The newest answer of a person who said that they live there.
answers as (
    select
        *,
        row_number() over (partition by person_id order by event_at desc, file_id desc, record_no desc) as choice
    from findings
    where finding = 'online_here'
),

deciding as (
    select
        people.*,
        findings.event_at as decided_at
    from people
    inner join findings
        on people.deciding_file_id = findings.file_id
        and people.deciding_record_no = findings.record_no
),

final as (
    select
        answers.person_id,
        coalesce(answers.sls_code, answers.village_code, answers.unit_code) as unit_code,
        case
            when deciding.deciding_feed not in ('verification', 'interview_person') then 'not_checked'
            when deciding.count_status = 'excluded_elsewhere' then 'moved'
            when not deciding.is_counted then deciding.count_reason
            when answers.sls_code = deciding.sls_code then 'same_place'
            when answers.sls_code is not null and deciding.sls_code is not null then 'other_place'
            when coalesce(substr(answers.sls_code, 1, 10), answers.village_code) = deciding.village_code then 'same_place'
            when coalesce(answers.sls_code, answers.village_code) is null or deciding.village_code is null then 'place_unknown'
            else 'other_place'
        end as outcome,
        case
            when deciding.deciding_feed in ('verification', 'interview_person')
                then {{ dbt.datediff('answers.event_at', 'deciding.decided_at', 'day') }}
        end as days_since_answer,
        case when deciding.deciding_feed in ('verification', 'interview_person') then {{ local_date('deciding.decided_at') }} end as checked_date,
        answers.return_id as submission_id,
        deciding.perturbation_key
    from answers
    inner join deciding
        on answers.person_id = deciding.person_id
    where answers.choice = 1
)

select * from final

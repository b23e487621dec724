with

-- Sent or draft, in the newest version.
returns as (
    {{ placed_records('stg_online_household', 'stated_area_code') }}
    where records.is_latest and records.submission_id is not null
),

evidence as (
    select * from {{ ref('person_evidence') }} where feed = 'online_person' and is_latest
),

links as (
    select * from {{ source('population', 'person_record') }} where feed = 'online_person'
),

persons as (
    select * from {{ ref('person') }}
),

errors as (
    select distinct
        feed,
        file_id,
        record_no
    from {{ ref('record_issue') }}
    where severity = 'error' and feed in ('online_household', 'online_person')
),

members as (
    select
        evidence.return_id,
        count(*) as member_count,
        sum(case when evidence.evidence = 'online_here' then 1 else 0 end) as member_here_count,
        count(errors.file_id) as member_error_count,
        min(evidence.sls_code) as stated_sls_code,
        min(evidence.village_code) as stated_village_code,
        min(persons.sls_code) as person_sls_code,
        min(persons.area_code) as person_area_code
    from evidence
    left join errors
        on evidence.feed = errors.feed
        and evidence.file_id = errors.file_id
        and evidence.record_no = errors.record_no
    left join links
        on evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    left join persons
        on links.person_id = persons.person_id
    group by evidence.return_id
),

final as (
    select
        returns.submission_id,
        returns.family_card_no,
        returns.submission_status,
        -- Who stated only the village is placed where its members were found; a form without members as it says itself.
        coalesce(
            members.stated_sls_code,
            members.person_sls_code,
            members.stated_village_code,
            members.person_area_code,
            returns.unit_code
        ) as unit_code,
        coalesce(members.member_count, 0) as member_count,
        coalesce(members.member_here_count, 0) as member_here_count,
        coalesce(members.member_count > 0 and members.member_error_count = 0, false) and errors.file_id is null as is_clean,
        returns.device,
        returns.grade,
        returns.proof_no is not null as has_proof,
        case
            when returns.finished_at >= returns.started_at
                then cast({{ dbt.datediff('returns.started_at', 'returns.finished_at', 'second') }} as bigint)
        end as duration_seconds
    from returns
    left join members
        on returns.submission_id = members.return_id
    left join errors
        on errors.feed = 'online_household'
        and returns.file_id = errors.file_id
        and returns.record_no = errors.record_no
)

select * from final

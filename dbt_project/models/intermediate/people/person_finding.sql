{{ config(materialized='view') }}

with

evidence as (
    select * from {{ ref('person_evidence') }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

submissions as (
    select * from {{ ref('standing_submission') }}
),

records as (
    select
        links.person_id,
        evidence.feed,
        evidence.file_id,
        evidence.record_no,
        case when evidence.feed <> 'verification' then evidence.return_id end as return_id,
        evidence.family_card_no,
        evidence.sls_code,
        evidence.village_code,
        evidence.unit_code,
        evidence.event_at,
        evidence.evidence,
        case
            when evidence.feed = 'pes_person' then 'survey'
            when not evidence.is_latest then 'superseded'
            when evidence.evidence in (
                'present_card_here', 'present_card_elsewhere', 'new_born', 'new_moved_in', 'new_unrecorded', 'interview_present'
            ) then 'present'
            when evidence.evidence in ('card_here_lives_elsewhere', 'interview_elsewhere') then 'elsewhere'
            when evidence.evidence in ('died', 'not_found', 'doubtful') then evidence.evidence
            when evidence.evidence in ('online_here', 'online_elsewhere') and submissions.submission_id is not null then evidence.evidence
            when evidence.evidence in ('online_here', 'online_elsewhere') then 'superseded'
            when evidence.evidence = 'registry' then 'registry'
            else 'no_evidence'
        end as finding
    from links
    inner join evidence
        on links.feed = evidence.feed
        and links.file_id = evidence.file_id
        and links.record_no = evidence.record_no
    left join submissions
        on evidence.return_id = submissions.submission_id
        and evidence.feed = 'online_person'
),

-- "Not there" speaks of one place: it takes back an older presence in the same work area and says nothing of another.
final as (
    select
        person_id,
        feed,
        file_id,
        record_no,
        return_id,
        family_card_no,
        sls_code,
        village_code,
        unit_code,
        event_at,
        evidence,
        case
            when
                finding = 'present'
                and sls_code is not null
                and max(case when finding = 'not_found' then event_at end) over (partition by person_id, sls_code) > event_at
                then 'taken_back'
            else finding
        end as finding
    from records
)

select * from final

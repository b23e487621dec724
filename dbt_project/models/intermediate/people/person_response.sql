with

submissions as (
    select * from {{ ref('submission') }}
),

evidence as (
    select * from {{ ref('person_evidence') }} where feed = 'online_person' and is_latest
),

links as (
    select * from {{ source('population', 'person_record') }} where feed = 'online_person'
),

final as (
    select
        links.person_id,
        min(submissions.submission_id) as submission_id,
        min(case when submissions.is_clean then 1 else 0 end) = 1 as is_clean
    from evidence
    inner join submissions
        on evidence.return_id = submissions.submission_id
    inner join links
        on evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    group by links.person_id
)

select * from final

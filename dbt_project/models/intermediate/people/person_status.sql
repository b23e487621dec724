with

evidence as (
    select * from {{ ref('person_evidence') }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

windows as (
    select * from {{ ref('phase_calendar') }} where phase = 'field'
),

windows_everywhere as (
    select * from windows where regency_code = '00'
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
absences as (
    select
        person_id,
        sls_code,
        max(event_at) as absent_at
    from records
    where finding = 'not_found'
    group by person_id, sls_code
),

findings as (
    select
        records.*,
        case
            when records.finding = 'present' and absences.absent_at > records.event_at then 'taken_back'
            else records.finding
        end as standing_finding,
        max(case when records.finding = 'registry' then records.village_code end) over (partition by records.person_id) as card_village_code,
        max(case when records.evidence = 'card_here_lives_elsewhere' then records.sls_code end) over (partition by records.person_id) as card_sls_code
    from records
    left join absences
        on records.person_id = absences.person_id
        and records.sls_code = absences.sls_code
),

moments as (
    select
        person_id,
        max(case when standing_finding = 'present' then event_at end) as present_at,
        max(case when finding = 'died' then event_at end) as died_at,
        max(case when finding = 'doubtful' then event_at end) as doubtful_at,
        max(case when finding in ('present', 'elsewhere', 'died', 'not_found') then event_at end) as decided_at,
        max(case when finding = 'elsewhere' then 1 else 0 end) as has_elsewhere,
        max(case when finding = 'not_found' then 1 else 0 end) as has_not_found,
        max(case when finding in ('online_here', 'online_elsewhere') then event_at end) as online_at,
        max(case when finding = 'online_here' then event_at end) as online_here_at,
        max(case when finding = 'registry' then 1 else 0 end) as has_registry,
        max(case when finding = 'superseded' then 1 else 0 end) as has_superseded,
        max(case when finding = 'no_evidence' then 1 else 0 end) as has_no_evidence,
        max(substr(unit_code, 1, 4)) as regency_code,
        min(case when standing_finding = 'present' then coalesce(sls_code, '') end)
        <> max(case when standing_finding = 'present' then coalesce(sls_code, '') end) as is_present_in_two_areas
    from findings
    group by person_id
),

decisions as (
    select
        moments.person_id,
        coalesce(moments.is_present_in_two_areas, false) as is_present_in_two_areas,
        coalesce(moments.present_at > moments.died_at, false) as is_present_after_died,
        coalesce(windows.is_closed, windows_everywhere.is_closed) as is_field_closed,
        moments.has_superseded,
        moments.has_no_evidence,
        case
            when moments.died_at is not null and (moments.present_at is null or moments.present_at <= moments.died_at) then 'died'
            when moments.doubtful_at is not null and (moments.decided_at is null or moments.doubtful_at > moments.decided_at) then 'doubtful'
            when moments.present_at is not null then 'present'
            when moments.has_elsewhere = 1 then 'elsewhere'
            when moments.has_not_found = 1 then 'not_found'
            when moments.online_at is not null and moments.online_here_at = moments.online_at then 'online_here'
            when moments.online_at is not null then 'online_elsewhere'
            when moments.has_registry = 1 then 'registry'
            when moments.has_superseded = 1 then 'superseded'
            when moments.has_no_evidence = 1 then 'no_evidence'
            else 'survey'
        end as deciding_finding
    from moments
    left join windows
        on moments.regency_code = windows.regency_code
    cross join windows_everywhere
),

-- The deciding record: the newest; at equal times that of the family card's area, then of the smaller code.
ranked as (
    select
        findings.*,
        decisions.deciding_finding,
        decisions.is_field_closed,
        decisions.is_present_in_two_areas,
        decisions.is_present_after_died,
        row_number() over (
            partition by findings.person_id
            order by
                findings.event_at desc,
                case when findings.sls_code = findings.card_sls_code or findings.village_code = findings.card_village_code then 0 else 1 end,
                case when findings.evidence = 'present_card_here' then 0 else 1 end,
                case when findings.sls_code is null then 1 else 0 end,
                findings.sls_code,
                findings.file_id desc,
                findings.record_no desc
        ) as choice
    from findings
    inner join decisions
        on findings.person_id = decisions.person_id
        and findings.standing_finding = decisions.deciding_finding
),

-- Where the deciding record names no work area, the person's other records may.
places as (
    select
        person_id,
        max({{ sortable_time('event_at') }} || sls_code) as newest_sls,
        max({{ sortable_time('event_at') }} || village_code) as newest_village
    from findings
    where finding not in ('survey', 'superseded')
    group by person_id
),

located as (
    select
        ranked.person_id,
        case ranked.deciding_finding
            when 'present' then 'counted_confirmed'
            when 'died' then 'excluded_died'
            when 'elsewhere' then 'excluded_elsewhere'
            when 'online_elsewhere' then 'excluded_elsewhere'
            when 'not_found' then 'excluded_not_found'
            when 'online_here' then case when ranked.is_field_closed then 'unresolved' else 'counted_provisional' end
            when 'registry' then case when ranked.is_field_closed then 'excluded_not_found' else 'unresolved' end
            when 'superseded' then case when ranked.is_field_closed then 'excluded_not_found' else 'unresolved' end
            when 'no_evidence' then case when ranked.is_field_closed then 'excluded_not_found' else 'unresolved' end
            else 'unresolved'
        end as count_status,
        case ranked.deciding_finding
            when 'superseded' then 'superseded_record_only'
            when 'survey' then 'post_enumeration_survey_only'
            when 'registry' then 'registry_only'
            when 'no_evidence' then ranked.evidence || '_only'
            when 'online_here' then case when ranked.is_field_closed then 'online_not_checked' else 'online_here' end
            else ranked.evidence
        end as count_reason,
        ranked.feed as deciding_feed,
        ranked.file_id as deciding_file_id,
        ranked.record_no as deciding_record_no,
        ranked.return_id,
        ranked.family_card_no,
        coalesce(
            ranked.sls_code,
            case
                when length(ranked.unit_code) <= 4 or substr(places.newest_sls, 15, length(ranked.unit_code)) = ranked.unit_code
                    then substr(places.newest_sls, 15)
            end
        ) as sls_code,
        coalesce(
            ranked.village_code,
            case
                when length(ranked.unit_code) <= 4 or substr(places.newest_village, 15, length(ranked.unit_code)) = ranked.unit_code
                    then substr(places.newest_village, 15)
            end
        ) as village_code,
        ranked.unit_code,
        ranked.is_present_in_two_areas,
        ranked.is_present_after_died
    from ranked
    left join places
        on ranked.person_id = places.person_id
    where ranked.choice = 1
),

final as (
    select
        person_id,
        count_status,
        count_reason,
        deciding_feed,
        deciding_file_id,
        deciding_record_no,
        return_id,
        family_card_no,
        sls_code,
        coalesce(substr(sls_code, 1, 10), village_code) as village_code,
        coalesce(substr(sls_code, 1, 10), village_code, unit_code) as area_code,
        is_present_in_two_areas,
        is_present_after_died
    from located
)

select * from final

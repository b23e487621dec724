{{ config(materialized='view') }}

with

findings as (
    select * from {{ ref('person_finding') }}
),

windows as (
    select * from {{ ref('phase_calendar') }} where phase = 'field'
),

windows_everywhere as (
    select * from windows where regency_code = '00'
),

-- Each record, and beside it what all records of its person say together.
moments as (
    select
        *,
        max(case when finding = 'present' then event_at end) over own as present_at,
        max(case when finding = 'died' then event_at end) over own as died_at,
        max(case when finding = 'doubtful' then event_at end) over own as doubtful_at,
        max(case when finding in ('present', 'elsewhere', 'died', 'not_found') then event_at end) over own as decided_at,
        max(case when finding = 'elsewhere' then 1 else 0 end) over own as has_elsewhere,
        max(case when finding = 'not_found' then 1 else 0 end) over own as has_not_found,
        max(case when finding in ('online_here', 'online_elsewhere') then event_at end) over own as online_at,
        max(case when finding = 'online_here' then event_at end) over own as online_here_at,
        max(case when finding = 'registry' then 1 else 0 end) over own as has_registry,
        max(case when finding = 'superseded' then 1 else 0 end) over own as has_superseded,
        max(case when finding = 'no_evidence' then 1 else 0 end) over own as has_no_evidence,
        max(substr(unit_code, 1, 4)) over own as regency_code,
        min(case when finding = 'present' then coalesce(sls_code, '') end) over own
        <> max(case when finding = 'present' then coalesce(sls_code, '') end) over own as has_two_presences,
        max(case when finding = 'registry' then village_code end) over own as card_village_code,
        max(case when evidence = 'card_here_lives_elsewhere' then sls_code end) over own as card_sls_code,
        max(case when finding not in ('survey', 'superseded') then {{ sortable_time('event_at') }} || sls_code end) over own as newest_sls,
        max(case when finding not in ('survey', 'superseded') then {{ sortable_time('event_at') }} || village_code end) over own as newest_village
    from findings
    window own as (partition by person_id)
),

decisions as (
    select
        moments.*,
        coalesce(moments.has_two_presences, false) as is_present_in_two_areas,
        coalesce(moments.present_at > moments.died_at, false) as is_present_after_died,
        coalesce(windows.is_closed, windows_everywhere.is_closed) as is_field_closed,
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
        *,
        row_number() over (
            partition by person_id
            order by
                event_at desc,
                case when sls_code = card_sls_code or village_code = card_village_code then 0 else 1 end,
                case when evidence = 'present_card_here' then 0 else 1 end,
                case when sls_code is null then 1 else 0 end,
                sls_code,
                file_id desc,
                record_no desc
        ) as choice
    from decisions
    where finding = deciding_finding
),

-- Where the deciding record names no work area, the person's other records may.
located as (
    select
        ranked.*,
        {% for code in ['sls', 'village'] -%}
        coalesce(
            {{ code }}_code,
            case
                when length(unit_code) <= 4 or substr(newest_{{ code }}, 15, length(unit_code)) = unit_code then substr(newest_{{ code }}, 15)
            end
        ) as counted_{{ code }}_code{{ "," if not loop.last }}
        {% endfor -%}
    from ranked
    where choice = 1
),

final as (
    select
        person_id,
        case
            when deciding_finding = 'present' then 'counted_confirmed'
            when deciding_finding = 'died' then 'excluded_died'
            when deciding_finding in ('elsewhere', 'online_elsewhere') then 'excluded_elsewhere'
            when deciding_finding = 'not_found' then 'excluded_not_found'
            when deciding_finding = 'online_here' and is_field_closed is not true then 'counted_provisional'
            when deciding_finding in ('registry', 'superseded', 'no_evidence') and is_field_closed then 'excluded_not_found'
            else 'unresolved'
        end as count_status,
        case
            when deciding_finding = 'superseded' then 'superseded_record_only'
            when deciding_finding = 'survey' then 'post_enumeration_survey_only'
            when deciding_finding = 'registry' then 'registry_only'
            when deciding_finding = 'no_evidence' then evidence || '_only'
            when deciding_finding = 'online_here' and is_field_closed then 'online_not_checked'
            else evidence
        end as count_reason,
        feed as deciding_feed,
        file_id as deciding_file_id,
        record_no as deciding_record_no,
        return_id,
        family_card_no,
        counted_sls_code as sls_code,
        coalesce(substr(counted_sls_code, 1, 10), counted_village_code) as village_code,
        coalesce(substr(counted_sls_code, 1, 10), counted_village_code, unit_code) as area_code,
        is_present_in_two_areas,
        is_present_after_died
    from located
)

select * from final

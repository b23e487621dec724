with

areas as (
    select * from {{ ref('work_area') }}
),

evidence as (
    select
        feed,
        file_id,
        record_no,
        unit_code,
        is_latest,
        evidence,
        {{ local_date('event_at') }} as event_date,
        {{ perturbation_key('record', 'record_key') }} as perturbation_key
    from {{ ref('person_evidence') }}
    where feed in ('verification', 'interview_person')
),

visits as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest
),

interviews as (
    select
        *,
        {{ local_date('started_at') }} as event_date,
        {{ perturbation_key('interview', 'natural_key') }} as perturbation_key
    from visits
),

list_lines as (
    {{ placed_records('stg_verification') }}
    where records.list_source = 'registry'
),

-- What of the target an officer has seen: the registry's cards on the list; where no list is checked, whom the paper names.
checks as (
    select
        list_lines.unit_code,
        evidence.event_date,
        list_lines.family_card_no,
        list_lines.natural_key as line_key
    from list_lines
    inner join evidence
        on evidence.feed = 'verification'
        and list_lines.file_id = evidence.file_id
        and list_lines.record_no = evidence.record_no

    union all

    select
        interviews.unit_code,
        interviews.event_date,
        coalesce(interviews.family_card_no, interviews.interview_id) as family_card_no,
        null as line_key
    from interviews
    inner join areas
        on interviews.current_code = areas.sls_code
        and areas.zone = 'paper_interview'
    where interviews.outcome in ('complete', 'partial')
),

{% for thing, key in {'card': 'family_card_no', 'line': 'line_key'}.items() -%}
checked_{{ thing }}s as (
    select
        unit_code,
        min(event_date) as event_date,
        {{ perturbation_key('checked ' ~ thing, key) }} as perturbation_key
    from checks
    where {{ key }} is not null
    group by unit_code, {{ key }}
),

{% endfor -%}
final as (
    {{ measured('evidence', "case
            when evidence in ('present_card_here', 'present_card_elsewhere') then 'found_person'
            when evidence in ('new_born', 'new_moved_in', 'new_unrecorded') then 'new_person'
            when evidence = 'card_here_lives_elsewhere' then 'elsewhere_person'
            when evidence = 'interview_present' then 'interviewed_person'
            when evidence in ('died', 'not_found', 'doubtful') then evidence || '_person'
            else 'undecided_person'
        end", 'event_date', 'is_latest') }}

    union all

    {{ measured('evidence', "'verified_person'", 'event_date', "is_latest and feed = 'verification'") }}

    union all

    {{ measured('interviews', "case
            when outcome in ('complete', 'partial') then 'interviewed_household'
            when outcome in ('refused', 'not_met') then outcome || '_household'
            else 'undecided_household'
        end", 'event_date') }}

    union all

    {{ measured('checked_cards', "'checked_household'", 'event_date') }}

    union all

    {{ measured('checked_lines', "'checked_person'", 'event_date') }}
)

select * from final

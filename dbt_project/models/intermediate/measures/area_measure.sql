with

areas as (
    select * from {{ ref('work_area') }}
),

submissions as (
    select * from {{ ref('submission') }}
),

evidence as (
    select
        *,
        {{ local_date('event_at') }} as event_date,
        {{ perturbation_key('record', 'record_key') }} as perturbation_key
    from {{ ref('person_evidence') }}
    where is_latest and feed in ('verification', 'interview_person')
),

visits as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest
),

interviews as (
    select
        *,
        {{ perturbation_key('interview', 'natural_key') }} as perturbation_key
    from visits
),

list_lines as (
    {{ placed_records('stg_verification') }}
),

line_days as (
    select
        file_id,
        record_no,
        {{ local_date('event_at') }} as event_date
    from {{ ref('person_evidence') }}
    where feed = 'verification'
),

stated_submissions as (
    {{ placed_records('stg_online_household', 'stated_area_code') }}
    where records.is_latest
),

late_records as (
    select distinct
        feed,
        file_id,
        record_no
    from {{ ref('record_issue') }}
    where rule in ('late_file', 'late_event')
),

persons as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('person') }}
),

households as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('household') }}
),

-- What of the target an officer has seen: the registry's cards on the list; where no list is checked, whom the paper names.
checks as (
    select
        list_lines.unit_code,
        line_days.event_date,
        list_lines.family_card_no,
        list_lines.natural_key as line_key
    from list_lines
    inner join line_days
        on list_lines.file_id = line_days.file_id
        and list_lines.record_no = line_days.record_no
    where list_lines.list_source = 'registry'

    union all

    select
        interviews.unit_code,
        {{ local_date('interviews.started_at') }} as event_date,
        coalesce(interviews.family_card_no, interviews.interview_id) as family_card_no,
        null as line_key
    from interviews
    inner join areas
        on interviews.current_code = areas.sls_code
        and areas.zone = 'paper_interview'
    where interviews.outcome in ('complete', 'partial')
),

checked_households as (
    select
        unit_code,
        family_card_no,
        min(event_date) as event_date,
        {{ perturbation_key('checked card', 'family_card_no') }} as perturbation_key
    from checks
    where family_card_no is not null
    group by unit_code, family_card_no
),

checked_lines as (
    select
        unit_code,
        line_key,
        min(event_date) as event_date,
        {{ perturbation_key('checked line', 'line_key') }} as perturbation_key
    from checks
    where line_key is not null
    group by unit_code, line_key
),

-- A submission, a line and a questionnaire each once; the people on a form are as late as their form.
arrivals as (
    select
        'online_household' as feed,
        file_id,
        record_no,
        period,
        unit_code,
        {{ perturbation_key('late record', 'natural_key') }} as perturbation_key
    from stated_submissions

    union all

    select
        'verification' as feed,
        file_id,
        record_no,
        period,
        unit_code,
        {{ perturbation_key('late record', 'natural_key') }} as perturbation_key
    from list_lines
    where is_latest

    union all

    select
        'interview_household' as feed,
        file_id,
        record_no,
        period,
        unit_code,
        perturbation_key
    from interviews
),

final as (
    select
        sls_code as unit_code,
        cast(null as date) as event_date,
        case when target_households is null then 'no_target_household' else 'target_household' end as measure,
        cast(coalesce(sum(target_households), 0) as bigint) as value,
        cast(0 as bigint) as cell_key
    from areas
    group by sls_code, case when target_households is null then 'no_target_household' else 'target_household' end

    union all

    select
        sls_code as unit_code,
        null as event_date,
        case when target_people is null then 'no_target_person' else 'target_person' end as measure,
        cast(coalesce(sum(target_people), 0) as bigint) as value,
        0 as cell_key
    from areas
    group by sls_code, case when target_people is null then 'no_target_person' else 'target_person' end

    union all

    select
        unit_code,
        responded_date as event_date,
        'responded_household' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from submissions
    group by unit_code, responded_date

    union all

    select
        unit_code,
        clean_date as event_date,
        'clean_household' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from submissions
    where is_clean
    group by unit_code, clean_date

    union all

    select
        unit_code,
        responded_date as event_date,
        'responded_person' as measure,
        cast(sum(member_here_count) as bigint) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from submissions
    group by unit_code, responded_date

    union all

    select
        unit_code,
        event_date,
        case
            when evidence in ('present_card_here', 'present_card_elsewhere') then 'found_person'
            when evidence in ('new_born', 'new_moved_in', 'new_unrecorded') then 'new_person'
            when evidence = 'card_here_lives_elsewhere' then 'elsewhere_person'
            when evidence = 'interview_present' then 'interviewed_person'
            when evidence in ('died', 'not_found', 'doubtful') then evidence || '_person'
            else 'undecided_person'
        end as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from evidence
    group by 1, 2, 3

    union all

    select
        unit_code,
        event_date,
        'verified_person' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from evidence
    where feed = 'verification'
    group by unit_code, event_date

    union all

    select
        unit_code,
        {{ local_date('started_at') }} as event_date,
        case
            when outcome in ('complete', 'partial') then 'interviewed_household'
            when outcome in ('refused', 'not_met') then outcome || '_household'
            else 'undecided_household'
        end as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from interviews
    group by 1, 2, 3

    union all

    select
        unit_code,
        event_date,
        'checked_household' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from checked_households
    group by unit_code, event_date

    union all

    select
        unit_code,
        event_date,
        'checked_person' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from checked_lines
    group by unit_code, event_date

    union all

    select
        arrivals.unit_code,
        arrivals.period as event_date,
        'late_record' as measure,
        count(*) as value,
        cast(sum(arrivals.perturbation_key) as bigint) as cell_key
    from arrivals
    inner join late_records
        on arrivals.feed = late_records.feed
        and arrivals.file_id = late_records.file_id
        and arrivals.record_no = late_records.record_no
    group by arrivals.unit_code, arrivals.period

    union all

    select
        unit_code,
        null as event_date,
        case count_status
            when 'counted_confirmed' then 'confirmed_person'
            when 'counted_provisional' then 'provisional_person'
            when 'unresolved' then 'unresolved_person'
            else 'excluded_person'
        end as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from persons
    group by 1, 3

    union all

    select
        unit_code,
        null as event_date,
        'counted_person' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from persons
    where is_counted
    group by unit_code

    union all

    select
        unit_code,
        null as event_date,
        'counted_household' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from households
    group by unit_code

    union all

    select
        unit_code,
        verified_date as event_date,
        'verified_household' as measure,
        count(*) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from households
    where is_verified
    group by unit_code, verified_date
)

select * from final

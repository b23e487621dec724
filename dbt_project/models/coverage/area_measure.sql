with

areas as (
    select * from {{ ref('stg_area') }} where is_latest
),

submissions as (
    select * from {{ ref('submission') }}
),

evidence as (
    select
        *,
        coalesce(sls_code, village_code) as unit_code,
        {{ local_date('event_at') }} as event_date
    from {{ ref('person_evidence') }}
    where is_latest and feed in ('verification', 'interview_person')
),

interviews as (
    select * from {{ ref('stg_interview_household') }} where is_latest and outcome in ('complete', 'partial')
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

final as (
    select
        sls_code as unit_code,
        cast(null as date) as event_date,
        case when target_households is null then 'no_target_household' else 'target_household' end as measure,
        cast(coalesce(sum(target_households), 0) as bigint) as value
    from areas
    group by sls_code, case when target_households is null then 'no_target_household' else 'target_household' end

    union all

    select
        sls_code as unit_code,
        null as event_date,
        case when target_people is null then 'no_target_person' else 'target_person' end as measure,
        cast(coalesce(sum(target_people), 0) as bigint) as value
    from areas
    group by sls_code, case when target_people is null then 'no_target_person' else 'target_person' end

    union all

    select
        unit_code,
        responded_date as event_date,
        'responded_household' as measure,
        count(*) as value
    from submissions
    group by unit_code, responded_date

    union all

    select
        unit_code,
        clean_date as event_date,
        'clean_household' as measure,
        count(*) as value
    from submissions
    where is_clean
    group by unit_code, clean_date

    union all

    select
        unit_code,
        responded_date as event_date,
        'responded_person' as measure,
        cast(sum(member_here_count) as bigint) as value
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
        count(*) as value
    from evidence
    group by 1, 2, 3

    union all

    select
        unit_code,
        event_date,
        'verified_person' as measure,
        count(*) as value
    from evidence
    where feed = 'verification'
    group by unit_code, event_date

    union all

    select
        sls_code as unit_code,
        {{ local_date('started_at') }} as event_date,
        'interviewed_household' as measure,
        count(*) as value
    from interviews
    group by 1, 2

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
        count(*) as value
    from persons
    group by 1, 3

    union all

    select
        unit_code,
        null as event_date,
        'counted_household' as measure,
        count(*) as value
    from households
    group by unit_code

    union all

    select
        unit_code,
        verified_date as event_date,
        'verified_household' as measure,
        count(*) as value
    from households
    where is_verified
    group by unit_code, verified_date
)

select * from final

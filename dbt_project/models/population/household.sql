with

persons as (
    select * from {{ ref('person') }} where is_counted
),

responses as (
    select * from {{ ref('person_response') }}
),

evidence as (
    select * from {{ ref('person_evidence') }}
),

-- The family card keeps a household together; without one, the return; without both, a person is a household.
members as (
    select
        persons.person_id,
        persons.sls_code,
        persons.area_code,
        persons.relationship,
        persons.age,
        coalesce(persons.sls_code, persons.area_code) || '|' || coalesce(
            'card ' || persons.family_card_no,
            persons.deciding_feed || ' ' || persons.return_id,
            'person ' || cast(persons.person_id as {{ dbt.type_string() }})
        ) as household_key,
        persons.deciding_feed,
        {{ local_date('evidence.event_at') }} as decided_date,
        responses.is_clean
    from persons
    inner join evidence
        on persons.deciding_feed = evidence.feed
        and persons.deciding_file_id = evidence.file_id
        and persons.deciding_record_no = evidence.record_no
    left join responses
        on persons.person_id = responses.person_id
),

heads as (
    select
        members.*,
        row_number() over (
            partition by household_key
            order by case when relationship = 'head' then 0 else 1 end, age desc nulls last, person_id
        ) as headship
    from members
),

final as (
    select
        min(person_id) as household_id,
        min(sls_code) as sls_code,
        min(area_code) as area_code,
        count(*) as members,
        max(case when headship = 1 then person_id end) as head_person_id,
        case sum(case when relationship = 'head' then 1 else 0 end)
            when 0 then 'no_head_stated'
            when 1 then 'none'
            else 'several_heads_stated'
        end as head_repair,
        case
            when count(is_clean) = 0 then 'not_responded'
            when min(case when is_clean is null or is_clean then 1 else 0 end) = 1 then 'clean'
            else 'not_clean'
        end as clean_status,
        count(is_clean) > 0 as is_responded,
        max(case when deciding_feed = 'verification' or deciding_feed = 'interview_person' then 1 else 0 end) = 1 as is_verified,
        min(case when deciding_feed = 'verification' or deciding_feed = 'interview_person' then decided_date end) as verified_date,
        {{ perturbation_key('household', 'min(person_id)') }} as perturbation_key
    from heads
    group by household_key
)

select * from final

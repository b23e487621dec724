with

areas as (
    select * from {{ ref('work_area') }}
),

persons as (
    {{ counted_people() }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

household_size as (
    select cast(sum(target_people) as {{ type_named('double precision') }}) / nullif(sum(target_households), 0) as people
    from areas
    where target_people is not null and target_households > 0
),

targets as (
    select
        areas.sls_code as unit_code,
        coalesce(areas.target_people, areas.target_households * household_size.people) as people
    from areas
    cross join household_size
),

-- Whoever has answered, online or at the door, counts once where the answer is from.
answers as (
    select distinct
        links.person_id,
        evidence.unit_code
    from {{ ref('person_evidence') }} as evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    where evidence.is_latest and evidence.evidence in ('online_here', 'interview_present')
),

final as (
    select
        feed,
        unit_code,
        count(*) as record_count
    from {{ ref('person_evidence') }}
    where is_latest and feed in ('registry', 'online_person', 'verification', 'interview_person') and evidence <> 'draft'
    group by feed, unit_code

    union all

    select
        'answered' as feed,
        unit_code,
        count(*) as record_count
    from answers
    group by unit_code

    union all

    select
        'counted' as feed,
        unit_code,
        count(*) as record_count
    from persons
    group by unit_code

    union all

    select
        'target' as feed,
        unit_code,
        cast(people as numeric(18, 9)) as record_count
    from targets
    where people is not null
)

select * from final

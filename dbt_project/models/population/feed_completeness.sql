{% set levels = ['regency', 'district', 'village', 'sls'] %}

with

areas as (
    select * from {{ ref('work_area') }}
),

evidence as (
    select * from {{ ref('person_evidence') }} where is_latest
),

persons as (
    {{ counted_people() }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

phases as (
    select * from {{ ref('phase_calendar') }}
),

household_size as (
    select 1.0 * sum(target_people) / nullif(sum(target_households), 0) as people
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
    from evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    where evidence.evidence in ('online_here', 'interview_present')
),

records as (
    select
        feed,
        unit_code,
        count(*) as record_count
    from evidence
    where feed in ('registry', 'online_person', 'verification', 'interview_person') and evidence <> 'draft'
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
        people as record_count
    from targets
    where people is not null
),

places as (
    {% for level in levels -%}
    {% for unit in ['sls', 'village', 'district', 'regency'] if not (level == 'sls' and unit != 'sls' or level == 'village' and unit in ('district', 'regency') or level == 'district' and unit == 'regency') -%}
    select distinct
        {{ unit }}_code as unit_code,
        '{{ level }}' as area_level,
        {{ level }}_code as area_code
    from areas

    union all

    {% endfor -%}
    {% endfor -%}
    select
        null as unit_code,
        null as area_level,
        null as area_code
    from areas
    where 1 = 0
),

totals as (
    select
        places.area_level,
        places.area_code,
        {% for feed in ['registry', 'online_person', 'verification', 'interview_person', 'answered', 'counted', 'target'] -%}
        coalesce(sum(case when records.feed = '{{ feed }}' then records.record_count end), 0) as {{ feed }}_count{{ "," if not loop.last }}
        {% endfor -%}
    from places
    left join records
        on places.unit_code = records.unit_code
    group by places.area_level, places.area_code
),

-- Zones differ in how people are reached, so that an area has its peers in its own.
described as (
    {% for level in levels -%}
    select
        '{{ level }}' as area_level,
        {{ level }}_code as area_code,
        min(regency_code) as regency_code,
        min(zone) as zone,
        count(*) as work_area_count
    from areas
    group by {{ level }}_code
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

expected as (
    select
        described.*,
        totals.registry_count,
        totals.target_count,
        case when totals.registry_count > totals.target_count then totals.registry_count else totals.target_count end as people,
        totals.online_person_count,
        totals.verification_count,
        totals.interview_person_count,
        totals.answered_count,
        totals.counted_count
    from described
    inner join totals
        on described.area_level = totals.area_level
        and described.area_code = totals.area_code
),

-- What each feed is expected to hold of an area: the registry its target, interviews whoever has not answered online.
shares as (
    {% for feed, phase, whom in [
        ('registry', 'registry', 'target_count'),
        ('online_person', 'online', 'people'),
        ('verification', 'field', 'people'),
        ('interview_person', 'field', 'case when people > online_person_count then people - online_person_count else 0 end'),
        ('answered', 'field', 'people'),
        ('counted', 'field', 'people'),
    ] -%}
    select
        '{{ feed }}' as feed,
        '{{ phase }}' as phase,
        area_level,
        area_code,
        regency_code,
        zone,
        work_area_count,
        {{ whom }} as expected_count,
        {{ feed }}_count as record_count
    from expected
    {% if feed == 'verification' -%}
    where zone <> 'paper_interview' or zone is null
    {%- elif feed in ('interview_person', 'answered') -%}
    where zone <> 'list_check_only' or zone is null
    {%- endif %}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

final as (
    select
        shares.feed,
        shares.area_level,
        shares.area_code,
        shares.work_area_count,
        cast(shares.expected_count as bigint) as expected_count,
        cast(shares.record_count as bigint) as record_count,
        cast(
            sum(shares.expected_count) over (partition by shares.feed, shares.area_level, shares.regency_code, shares.zone)
            - shares.expected_count as bigint
        ) as peers_expected_count,
        cast(
            sum(shares.record_count) over (partition by shares.feed, shares.area_level, shares.regency_code, shares.zone)
            - shares.record_count as bigint
        ) as peers_record_count,
        coalesce(phases.is_closed, false) as is_phase_closed
    from shares
    left join phases
        on shares.phase = phases.phase
        and shares.regency_code = phases.regency_code
    where shares.area_level <> 'sls' or shares.feed in ('verification', 'counted')
)

select * from final

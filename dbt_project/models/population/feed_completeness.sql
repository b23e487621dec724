{% set levels = ['regency', 'district', 'village', 'sls'] %}

with

areas as (
    select * from {{ ref('work_area') }}
),

records as (
    select * from {{ ref('unit_record_count') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

phases as (
    select * from {{ ref('phase_calendar') }}
),

totals as (
    select
        units.area_level,
        units.area_code,
        {% for feed in ['registry', 'online_person', 'verification', 'interview_person', 'answered', 'counted', 'target'] -%}
        coalesce(sum(case when records.feed = '{{ feed }}' then records.record_count end), 0) as {{ feed }}_count{{ "," if not loop.last }}
        {% endfor -%}
    from units
    left join records
        on units.unit_code = records.unit_code
    group by units.area_level, units.area_code
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
        cast({{ rounded('shares.expected_count', 0) }} as bigint) as expected_count,
        cast(shares.record_count as bigint) as record_count,
        cast({{ rounded('sum(shares.expected_count) over (partition by shares.feed, shares.area_level, shares.regency_code, shares.zone) - shares.expected_count', 0) }} as bigint) as peers_expected_count,
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

{% set parts = {
    'responded_civil_servant': 'responded',
    'not_responded_civil_servant': 'not_responded',
    'number_unknown': 'number_unknown',
    'number_missing': 'number_missing',
    'number_damaged': 'number_damaged',
} %}

with

civil_servants as (
    {{ placed_records('stg_asn', 'regency_code') }}
    where records.is_latest
),

evidence as (
    select * from {{ ref('person_evidence') }} where is_latest and nik is not null
),

links as (
    select * from {{ source('population', 'person_record') }}
),

responses as (
    select * from {{ ref('person_response') }}
),

areas as (
    select * from {{ ref('area') }} where area_level in ('regency', 'country')
),

-- One row a civil servant, the last one delivered; offices are told apart without regard to case and spaces.
listed as (
    select
        natural_key,
        substr(unit_code, 1, 4) as place_code,
        coalesce(upper(case when {{ is_publishable('office_name') }} then {{ replace_matches('trim(office_name)', ' +', ' ') }} end), 'UNKNOWN') as office_name,
        nik,
        coalesce(value_issues like '%nik:missing_required%' or value_issues like '%nik:sentinel_number%', false) as has_no_number,
        row_number() over (partition by natural_key order by file_id desc, record_no desc) as choice
    from civil_servants
),

numbered as (
    select
        listed.*,
        count(nik) over (partition by nik) as holder_count
    from listed
    where choice = 1
),

-- Linkage knows no civil servants: the NIK leads to a record of the census, and that to its person. Whose number it is the
-- registry knows best, else most of the records that carry it.
carriers as (
    select
        evidence.nik,
        links.person_id,
        max(case when evidence.feed = 'registry' then 1 else 0 end) as is_registered,
        count(*) as record_count
    from evidence
    inner join (
        select distinct nik from numbered where nik is not null
    ) as wanted
        on evidence.nik = wanted.nik
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    group by evidence.nik, links.person_id
),

holders as (
    select
        nik,
        person_id,
        row_number() over (partition by nik order by is_registered desc, record_count desc, person_id) as choice
    from carriers
),

judged as (
    select
        numbered.place_code,
        numbered.office_name,
        {{ perturbation_key('civil servant', 'numbered.natural_key') }} as perturbation_key,
        case
            when numbered.nik is null and numbered.has_no_number then 'number_missing'
            when numbered.nik is null or numbered.holder_count > 1 then 'number_damaged'
            when holders.person_id is null then 'number_unknown'
            when responses.person_id is not null then 'responded'
            else 'not_responded'
        end as participation
    from numbered
    left join holders
        on numbered.nik = holders.nik
        and holders.choice = 1
    left join responses
        on holders.person_id = responses.person_id
),

counted as (
    select
        place_code,
        office_name,
        count(*) as civil_servant_count,
        sum(perturbation_key) as civil_servant_cell_key,
        {% for name, participation in parts.items() -%}
        sum(case when participation = '{{ participation }}' then 1 else 0 end) as {{ name }}_count,
        sum(case when participation = '{{ participation }}' then perturbation_key else 0 end) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from judged
    group by place_code, office_name
),

final as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        counted.office_name,
        {% for name in ['civil_servant'] + parts.keys() | list -%}
        cast(counted.{{ name }}_count as bigint) as {{ name }}_count,
        cast(counted.{{ name }}_cell_key as bigint) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from counted
    inner join areas
        on counted.place_code = areas.area_code
)

select * from final

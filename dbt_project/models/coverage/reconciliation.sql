{% set statuses = [
    'counted_confirmed', 'counted_provisional', 'excluded_died', 'excluded_not_found', 'excluded_elsewhere', 'excluded_duplicate',
    'unresolved',
] %}

with

files as (
    select * from {{ source('ops', 'file') }} where status in ('loaded', 'superseded')
),

evidence as (
    select * from {{ ref('person_evidence') }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

persons as (
    select * from {{ ref('person') }}
),

areas as (
    select * from {{ ref('area') }} where area_level in ('regency', 'country')
),

delivered as (
    select
        feed,
        area_code,
        sum(records_read) as records_read_count,
        sum(records_rejected) as records_rejected_count,
        sum(case when status = 'superseded' then records_loaded else 0 end) as records_superseded_count,
        sum(case when status = 'loaded' then records_loaded else 0 end) as records_loaded_count
    from files
    group by feed, area_code
),

outcomes as (
    select
        evidence.feed,
        evidence.area_code,
        count(*) as person_record_count,
        sum(case when not evidence.is_latest then 1 else 0 end) as older_version_count,
        {% for status in statuses -%}
        sum(case when evidence.is_latest and persons.count_status = '{{ status }}' then 1 else 0 end) as {{ status }}_count
        {{- "," if not loop.last }}
        {% endfor %}
    from evidence
    left join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    left join persons
        on links.person_id = persons.person_id
    group by evidence.feed, evidence.area_code
),

final as (
    select
        coalesce(areas.area_level, 'regency') as area_level,
        delivered.area_code,
        areas.area_name,
        delivered.feed,
        cast(delivered.records_read_count as bigint) as records_read_count,
        cast(delivered.records_rejected_count as bigint) as records_rejected_count,
        cast(delivered.records_superseded_count as bigint) as records_superseded_count,
        cast(delivered.records_loaded_count as bigint) as records_loaded_count,
        cast(case when outcomes.feed is null then delivered.records_loaded_count else 0 end as bigint) as records_not_of_persons_count,
        cast(coalesce(outcomes.older_version_count, 0) as bigint) as records_older_version_count,
        {% for status in statuses -%}
        cast(coalesce(outcomes.{{ status }}_count, 0) as bigint) as records_{{ status }}_count
        {{- "," if not loop.last }}
        {% endfor %}
    from delivered
    left join outcomes
        on delivered.feed = outcomes.feed
        and delivered.area_code = outcomes.area_code
    left join areas
        on delivered.area_code = areas.area_code
)

select * from final

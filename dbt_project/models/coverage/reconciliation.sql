{% set statuses = [
    'counted_confirmed', 'counted_provisional', 'excluded_died', 'excluded_not_found', 'excluded_elsewhere', 'excluded_duplicate',
    'unresolved',
] %}

{% set fates = {'loaded': 'loaded', 'superseded': 'superseded', 'duplicate': 'duplicate', 'refused': 'refused', 'waiting': 'landed'} %}

{% set outcomes_of_people = {
    'person': 'true',
    'counted_person': 'persons.is_counted',
    'excluded_person': "not persons.is_counted and persons.count_status <> 'unresolved'",
    'unresolved_person': "persons.count_status = 'unresolved'",
    'published_person': 'persons.is_counted and shown.sls_code is not null',
    'withheld_person': 'persons.is_counted and shown.sls_code is null',
} %}

with

-- A file whose place names no area belongs to no feed that could be trusted either.
files as (
    select
        file_id,
        case when area_code is null then 'unplaced' else feed end as feed,
        coalesce(area_code, '00') as area_code,
        status,
        bytes,
        case when status in ('loaded', 'superseded') then records_read else 0 end as records_read,
        case when status in ('loaded', 'superseded') then records_rejected else 0 end as records_rejected,
        case when status in ('loaded', 'superseded') then records_loaded else 0 end as records_loaded
    from {{ ref('stg_delivered_file') }}
),

late_records as (
    select distinct
        feed,
        file_id,
        record_no
    from {{ ref('record_issue') }}
    where rule in ('late_file', 'late_event')
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

statuses as (
    select * from {{ ref('person_status') }}
),

shown as (
    select area_code as sls_code
    from {{ ref('published_coverage_by_area') }}
    where area_level = 'sls' and counted_person_count is not null
),

areas as (
    select * from {{ ref('area') }} where area_level in ('regency', 'country')
),

delivered as (
    select
        feed,
        area_code,
        count(*) as files_delivered_count,
        sum(bytes) as bytes_delivered_count,
        {% for fate, status in fates.items() -%}
        sum(case when status = '{{ status }}' then 1 else 0 end) as files_{{ fate }}_count,
        {% endfor -%}
        sum(records_read) as records_read_count,
        sum(records_rejected) as records_rejected_count,
        sum(case when status = 'superseded' then records_loaded else 0 end) as records_superseded_count,
        sum(case when status = 'loaded' then records_loaded else 0 end) as records_loaded_count
    from files
    group by feed, area_code
),

late as (
    select
        files.feed,
        files.area_code,
        count(distinct late_records.file_id) as files_late_count,
        count(*) as records_late_count
    from late_records
    inner join files
        on late_records.file_id = files.file_id
    group by files.feed, files.area_code
),

outcomes as (
    select
        evidence.feed,
        evidence.area_code,
        count(*) as person_record_count,
        sum(case when not evidence.is_latest then 1 else 0 end) as older_version_count,
        {% for status in statuses -%}
        sum(case when evidence.is_latest and persons.count_status = '{{ status }}' then 1 else 0 end) as {{ status }}_count,
        sum(case when evidence.is_latest and persons.count_status = '{{ status }}' then persons.perturbation_key else 0 end) as {{ status }}_cell_key
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

-- Each person is decided by one record, whatever else speaks of them: so people add up over feeds as well.
decided as (
    select
        evidence.feed,
        evidence.area_code,
        {% for name, condition in outcomes_of_people.items() -%}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }}_count,
        sum(case when {{ condition }} then persons.perturbation_key else 0 end) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from statuses
    inner join persons
        on statuses.person_id = persons.person_id
    inner join evidence
        on statuses.deciding_feed = evidence.feed
        and statuses.deciding_file_id = evidence.file_id
        and statuses.deciding_record_no = evidence.record_no
    left join shown
        on persons.sls_code = shown.sls_code
    group by evidence.feed, evidence.area_code
),

final as (
    select
        coalesce(areas.area_level, 'regency') as area_level,
        delivered.area_code,
        areas.area_name,
        delivered.feed,
        cast(delivered.files_delivered_count as bigint) as files_delivered_count,
        cast(delivered.bytes_delivered_count as bigint) as bytes_delivered_count,
        {% for fate in fates -%}
        cast(delivered.files_{{ fate }}_count as bigint) as files_{{ fate }}_count,
        {% endfor -%}
        cast(coalesce(late.files_late_count, 0) as bigint) as files_late_count,
        cast(delivered.records_read_count as bigint) as records_read_count,
        cast(delivered.records_rejected_count as bigint) as records_rejected_count,
        cast(delivered.records_superseded_count as bigint) as records_superseded_count,
        cast(delivered.records_loaded_count as bigint) as records_loaded_count,
        cast(coalesce(late.records_late_count, 0) as bigint) as records_late_count,
        cast(case when outcomes.feed is null then delivered.records_loaded_count else 0 end as bigint) as records_not_of_persons_count,
        cast(coalesce(outcomes.older_version_count, 0) as bigint) as records_older_version_count,
        {% for status in statuses -%}
        cast(coalesce(outcomes.{{ status }}_count, 0) as bigint) as records_{{ status }}_count,
        cast(coalesce(outcomes.{{ status }}_cell_key, 0) as bigint) as records_{{ status }}_cell_key,
        {% endfor -%}
        {% for name in outcomes_of_people -%}
        cast(coalesce(decided.{{ name }}_count, 0) as bigint) as {{ name }}_count,
        cast(coalesce(decided.{{ name }}_cell_key, 0) as bigint) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from delivered
    left join late
        on delivered.feed = late.feed
        and delivered.area_code = late.area_code
    left join outcomes
        on delivered.feed = outcomes.feed
        and delivered.area_code = outcomes.area_code
    left join decided
        on delivered.feed = decided.feed
        and delivered.area_code = decided.area_code
    left join areas
        on delivered.area_code = areas.area_code
)

select * from final

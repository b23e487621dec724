{% set fates = {'loaded': 'loaded', 'superseded': 'superseded', 'duplicate': 'duplicate', 'refused': 'refused', 'waiting': 'landed'} %}

{% set outcomes = [
    'records_counted_confirmed', 'records_counted_provisional', 'records_excluded_died', 'records_excluded_not_found',
    'records_excluded_elsewhere', 'records_excluded_duplicate', 'records_unresolved',
    'person', 'counted_person', 'excluded_person', 'unresolved_person', 'published_person', 'withheld_person',
] %}

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

outcomes as (
    select * from {{ ref('record_outcome') }}
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
        coalesce(outcomes.records_older_version_count, 0) as records_older_version_count,
        {% for name in outcomes -%}
        coalesce(outcomes.{{ name }}_count, 0) as {{ name }}_count,
        coalesce(outcomes.{{ name }}_cell_key, 0) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from delivered
    left join late
        on delivered.feed = late.feed
        and delivered.area_code = late.area_code
    left join outcomes
        on delivered.feed = outcomes.feed
        and delivered.area_code = outcomes.area_code
    left join areas
        on delivered.area_code = areas.area_code
)

select * from final

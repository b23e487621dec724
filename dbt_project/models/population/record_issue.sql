{% set feeds = [
    'area', 'officer', 'registry', 'online_household', 'online_person', 'verification', 'interview_household', 'interview_person',
    'pes_person', 'asn', 'outreach', 'control_total',
] %}

{# Snapshots in which a key that comes twice is a mistake; in the registry it is news. #}
{% set feeds_with_keys = ['area', 'officer', 'asn', 'control_total'] %}

with

areas as (
    select * from {{ ref('stg_area') }} where is_latest
),

work_areas as (
    select * from {{ ref('work_area') }}
),

stated_areas as (
    select * from {{ ref('stated_area') }}
),

successors as (
    select * from {{ ref('area_successor') }}
),

officers as (
    select distinct officer_id from {{ ref('stg_officer') }} where is_latest
),

windows as (
    select * from {{ ref('phase_calendar') }}
),

registry as (
    select * from {{ ref('stg_registry') }} where is_latest and nik is not null
),

evidence as (
    select * from {{ ref('person_evidence') }}
),

statuses as (
    select * from {{ ref('person_status') }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

-- Who is in a return, on a card or on a list more than once, by the line that says so first.
return_lines as (
    select
        evidence.feed,
        evidence.file_id,
        evidence.record_no,
        evidence.line_key,
        min(evidence.line_key) over (partition by evidence.feed, evidence.return_id, links.person_id) as first_line_key
    from evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    where evidence.is_latest and evidence.return_id is not null
),

{% for feed in feeds_with_keys -%}
{{ feed }}_keys as (
    select natural_key
    from {{ ref('stg_' ~ feed) }}
    where is_latest
    group by natural_key
    having count(*) > 1
),

{% endfor -%}
shared_niks as (
    select nik
    from registry
    group by nik
    having count(*) > 1
),

final as (
    {% for feed in feeds -%}
    {{ own_value_issues(feed) }}

    union all

    {% endfor -%}
    {% for feed, column in [
        ('officer', 'sls_code'), ('online_household', 'stated_area_code'), ('verification', 'sls_code'), ('interview_household', 'sls_code'),
        ('pes_person', 'sls_code'), ('asn', 'regency_code'), ('outreach', 'bps_code'), ('control_total', 'bps_code'),
    ] -%}
    {{ area_code_issues(feed, column) }}

    union all

    {% endfor -%}
    {{ registry_code_issues() }}

    union all

    {% for level in ['province', 'regency', 'district', 'village'] -%}
    {{ area_name_issues(level) }}

    union all

    {% endfor -%}
    {% for feed in feeds_with_keys -%}
    {{ doubled_key_issues(feed) }}

    union all

    {% endfor -%}
    {% for feed, column in [
        ('area', 'province_name'), ('area', 'regency_name'), ('area', 'district_name'), ('area', 'village_name'), ('area', 'sls_name'),
        ('asn', 'office_name'), ('outreach', 'activity_id'), ('outreach', 'title'), ('control_total', 'source'), ('registry', 'semester'),
    ] -%}
    {{ text_issues(feed, column) }}

    union all

    {% endfor -%}

    {% for feed in ['verification', 'interview_household'] -%}
    {{ officer_issues(feed) }}

    union all

    {% endfor -%}
    {% for feed, phase, event_at in [
        ('online_household', 'online', 'finished_at'), ('online_person', 'online', none), ('verification', 'field', 'verified_at'),
        ('interview_household', 'field', 'started_at'), ('interview_person', 'field', none), ('pes_person', 'post_enumeration', none),
    ] -%}
    {{ late_issues(feed, phase, event_at) }}

    union all

    {% endfor -%}
    {{ orphan_issues('online_person', 'online_household', 'submission_id') }}

    union all

    {{ orphan_issues('interview_person', 'interview_household', 'interview_id') }}

    union all

    select
        'registry' as feed,
        registry.file_id,
        registry.record_no,
        'nik' as column_name,
        'shared_nik' as rule,
        'warning' as severity
    from registry
    inner join shared_niks
        on registry.nik = shared_niks.nik

    union all

    select
        feed,
        file_id,
        record_no,
        'birth_date' as column_name,
        'born_after_record' as rule,
        'error' as severity
    from evidence
    where birth_date > {{ local_date('event_at') }}

    union all

    select
        feed,
        file_id,
        record_no,
        cast(null as {{ dbt.type_string() }}) as column_name,
        'repeated_in_return' as rule,
        'warning' as severity
    from return_lines
    where line_key <> first_line_key

    union all

    select
        deciding_feed as feed,
        deciding_file_id as file_id,
        deciding_record_no as record_no,
        'sls_code' as column_name,
        'present_in_two_areas' as rule,
        'warning' as severity
    from statuses
    where is_present_in_two_areas

    union all

    select
        deciding_feed as feed,
        deciding_file_id as file_id,
        deciding_record_no as record_no,
        'evidence' as column_name,
        'present_after_died' as rule,
        'warning' as severity
    from statuses
    where is_present_after_died
)

select * from final

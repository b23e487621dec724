{% set feeds = [
    'area', 'officer', 'registry', 'online_household', 'online_person', 'verification', 'interview_household', 'interview_person',
    'pes_person', 'asn', 'outreach', 'control_total',
] %}

{# Snapshots in which a key that comes twice is a mistake; in the registry it is news. #}
{% set feeds_with_keys = ['area', 'officer', 'asn', 'control_total'] %}

{% set published_texts = [
    ('area', 'province_name'), ('area', 'regency_name'), ('area', 'district_name'), ('area', 'village_name'), ('area', 'sls_name'),
    ('asn', 'office_name'), ('outreach', 'activity_id'), ('outreach', 'title'), ('control_total', 'source'), ('registry', 'semester'),
] %}

{% set phases = [
    ('online_household', 'online', 'finished_at'), ('online_person', 'online', none), ('verification', 'field', 'verified_at'),
    ('interview_household', 'field', 'started_at'), ('interview_person', 'field', none), ('pes_person', 'post_enumeration', none),
] %}

with

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

area_issues as (
    select * from {{ ref('area_issue') }}
),

person_issues as (
    select * from {{ ref('person_issue') }}
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
    {% for feed in feeds_with_keys -%}
    {{ doubled_key_issues(feed) }}

    union all

    {% endfor -%}
    {% for feed, column in published_texts -%}
    {{ text_issues(feed, column) }}

    union all

    {% endfor -%}
    {% for feed in ['verification', 'interview_household'] -%}
    {{ officer_issues(feed) }}

    union all

    {% endfor -%}
    {% for feed, phase, event_at in phases -%}
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

    select * from area_issues

    union all

    select * from person_issues
)

select * from final

{% set feeds = [
    'area', 'officer', 'registry', 'online_household', 'online_person', 'verification', 'interview_household', 'interview_person',
    'pes_person', 'asn', 'outreach', 'control_total',
] %}

with

areas as (
    select * from {{ ref('stg_area') }}
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

listed_codes as (
    {% for level in ['province', 'regency', 'district', 'village', 'sls'] -%}
    select
        'bps' as code_system,
        {{ level }}_code as code,
        is_latest
    from areas

    union all

    {% endfor -%}
    select
        'kemendagri' as code_system,
        kemendagri_code as code,
        is_latest
    from areas

    union all

    select
        'bps' as code_system,
        '00' as code,
        true as is_latest
),

area_codes as (
    select
        code_system,
        code,
        true as is_known,
        max(case when is_latest then 1 else 0 end) = 1 as is_newest
    from listed_codes
    where code is not null
    group by code_system, code
),

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
    {{ area_code_issues('registry', 'kemendagri_code', 'kemendagri') }}

    union all

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

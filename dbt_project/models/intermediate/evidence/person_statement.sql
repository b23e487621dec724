{{ config(materialized='view') }}

{% set of_every_feed = ['file_id', 'record_no', 'area_code', 'period', 'is_latest', 'natural_key', 'nik', 'name', 'name_key', 'birth_date', 'sex'] %}
{% set characteristics = [
    'relationship', 'marital_status', 'religion', 'education', 'activity', 'occupation', 'employment_status', 'ethnicity', 'language',
    'citizenship', 'birth_place', 'months_of_stay',
] %}
{% set delivered_at = 'cast(person.period as ' ~ type_named('timestamp with time zone') ~ ')' %}

with

registry as (
    select * from {{ ref('stg_registry') }}
),

online_households as (
    select * from {{ ref('stg_online_household') }} where is_latest
),

online_persons as (
    select * from {{ ref('stg_online_person') }}
),

verifications as (
    select * from {{ ref('stg_verification') }}
),

interview_households as (
    select * from {{ ref('stg_interview_household') }} where is_latest
),

interview_persons as (
    select * from {{ ref('stg_interview_person') }}
),

pes_persons as (
    select * from {{ ref('stg_pes_person') }}
),

final as (
    select
        'registry' as feed,
        {% for column in of_every_feed %}person.{{ column }}, {% endfor %}
        person.family_card_no || '@' || cast(person.file_id as {{ dbt.type_string() }}) as return_id,
        person.family_card_no,
        person.kemendagri_code,
        'RT ' || person.rt || ' RW ' || person.rw as neighbourhood_name,
        cast(null as {{ dbt.type_string() }}) as stated_area_code,
        cast(null as {{ dbt.type_string() }}) as officer_id,
        person.relationship,
        person.marital_status,
        person.religion,
        person.education,
        cast(null as {{ dbt.type_string() }}) as activity,
        person.occupation,
        cast(null as {{ dbt.type_string() }}) as employment_status,
        cast(null as {{ dbt.type_string() }}) as ethnicity,
        cast(null as {{ dbt.type_string() }}) as language,
        cast(null as {{ dbt.type_string() }}) as citizenship,
        person.birth_place,
        cast(null as bigint) as months_of_stay,
        'registry' as evidence,
        {{ delivered_at }} as event_at
    from registry as person

    union all

    select
        'online_person' as feed,
        {% for column in of_every_feed %}person.{{ column }}, {% endfor %}
        person.submission_id as return_id,
        household.family_card_no,
        null as kemendagri_code,
        null as neighbourhood_name,
        household.stated_area_code,
        null as officer_id,
        {% for column in characteristics %}person.{{ column }}, {% endfor %}
        case
            when household.submission_status = 'sent' and person.residence = 'elsewhere' then 'online_elsewhere'
            when household.submission_status = 'sent' then 'online_here'
            when household.submission_status = 'draft' then 'draft'
            else 'online_unmatched'
        end as evidence,
        coalesce(household.finished_at, household.started_at, {{ delivered_at }}) as event_at
    from online_persons as person
    left join online_households as household
        on person.submission_id = household.submission_id

    union all

    select
        'verification' as feed,
        {% for column in of_every_feed %}person.{{ column }}, {% endfor %}
        'list ' || person.sls_code as return_id,
        person.family_card_no,
        null as kemendagri_code,
        null as neighbourhood_name,
        person.sls_code as stated_area_code,
        person.officer_id,
        {% for column in characteristics %}null as {{ column }}, {% endfor %}
        coalesce(person.verification_status, 'unknown_status') as evidence,
        coalesce(person.verified_at, {{ delivered_at }}) as event_at
    from verifications as person

    union all

    select
        'interview_person' as feed,
        {% for column in of_every_feed %}person.{{ column }}, {% endfor %}
        person.interview_id as return_id,
        household.family_card_no,
        null as kemendagri_code,
        null as neighbourhood_name,
        household.sls_code as stated_area_code,
        household.officer_id,
        {% for column in characteristics %}person.{{ column }}, {% endfor %}
        case
            when household.outcome in ('complete', 'partial') and person.residence = 'elsewhere' then 'interview_elsewhere'
            when household.outcome in ('complete', 'partial') then 'interview_present'
            else 'interview_incomplete'
        end as evidence,
        coalesce(household.finished_at, household.started_at, {{ delivered_at }}) as event_at
    from interview_persons as person
    left join interview_households as household
        on person.interview_id = household.interview_id

    union all

    select
        'pes_person' as feed,
        {% for column in of_every_feed %}person.{{ column }}, {% endfor %}
        person.pes_id as return_id,
        null as family_card_no,
        null as kemendagri_code,
        null as neighbourhood_name,
        person.sls_code as stated_area_code,
        null as officer_id,
        {% for column in characteristics %}null as {{ column }}, {% endfor %}
        case person.pes_status when 'resident' then 'pes_resident' when 'non_resident' then 'pes_non_resident' else 'pes_unknown' end as evidence,
        coalesce(cast(person.pes_date as {{ type_named('timestamp with time zone') }}), {{ delivered_at }}) as event_at
    from pes_persons as person
)

select * from final

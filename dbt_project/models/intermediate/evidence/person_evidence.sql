{# A registry's NIK finds its line again only where it can have been issued and is nobody else's in the extract. #}
{% set key %}
            case
                when
                    feed <> 'registry'
                    or (nik is not null and count(*) over (partition by feed, area_code, period, natural_key) = 1)
                    then feed || ':' || natural_key
                else
                    line_key || ':' || coalesce(family_card_no, '') || ':' || row_number() over (
                        partition by feed, area_code, period, line_key, family_card_no order by file_id, record_no
                    )
            end
{% endset %}
{% set compared %}
            record_key || '|' || coalesce(return_id, '') || '|' || line_key || '|' || coalesce(nik, '') || '|'
            || coalesce(family_card_no, '') || '|' || coalesce(name_key, '') || '|'
            || coalesce(cast(birth_date as {{ dbt.type_string() }}), '') || '|' || coalesce(sex, '') || '|' || coalesce(sls_code, '') || '|'
            || coalesce(village_code, '')
{% endset %}

with

areas as (
    select * from {{ ref('stg_area') }}
),

successors as (
    select * from {{ ref('area_successor') }}
),

stated_areas as (
    select * from {{ ref('stated_area') }}
),

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

registry_areas as (
    select * from successors where code_system = 'kemendagri'
),

-- The registry names the neighbourhood, not the work area: they are the same where the name is unique in its village. A name
-- of an older edition leads to what has become of that work area.
named_sls as (
    select
        areas.kemendagri_code,
        upper(areas.sls_name) as sls_name,
        areas.is_latest,
        successors.current_code,
        max(case when areas.is_latest then 1 else 0 end) over (partition by areas.kemendagri_code, upper(areas.sls_name)) as is_in_newest
    from areas
    inner join successors
        on areas.sls_code = successors.code
        and successors.code_system = 'bps'
),

registry_places as (
    select
        kemendagri_code,
        sls_name,
        {{ common_area('current_code') }} as current_code
    from named_sls
    where is_latest or is_in_newest = 0
    group by kemendagri_code, sls_name
    having max(is_in_newest) = 0 or min(current_code) = max(current_code)
),

records as (
    select
        'registry' as feed,
        file_id,
        record_no,
        area_code,
        period,
        is_latest,
        family_card_no || '@' || cast(file_id as {{ dbt.type_string() }}) as return_id,
        natural_key,
        nik,
        family_card_no,
        name,
        birth_date,
        sex,
        kemendagri_code,
        'RT ' || rt || ' RW ' || rw as stated_sls_name,
        cast(null as {{ dbt.type_string() }}) as stated_area_code,
        relationship,
        marital_status,
        religion,
        education,
        cast(null as {{ dbt.type_string() }}) as activity,
        occupation,
        'registry' as evidence,
        cast(period as {{ timestamp_with_zone() }}) as event_at
    from registry

    union all

    select
        'online_person' as feed,
        person.file_id,
        person.record_no,
        person.area_code,
        person.period,
        person.is_latest,
        person.submission_id as return_id,
        person.natural_key,
        person.nik,
        household.family_card_no,
        person.name,
        person.birth_date,
        person.sex,
        null as kemendagri_code,
        null as stated_sls_name,
        household.stated_area_code,
        person.relationship,
        person.marital_status,
        person.religion,
        person.education,
        person.activity,
        person.occupation,
        case
            when household.submission_status = 'sent' and person.residence = 'elsewhere' then 'online_elsewhere'
            when household.submission_status = 'sent' then 'online_here'
            when household.submission_status = 'draft' then 'draft'
            else 'online_unmatched'
        end as evidence,
        coalesce(household.finished_at, household.started_at, cast(person.period as {{ timestamp_with_zone() }})) as event_at
    from online_persons as person
    left join online_households as household
        on person.submission_id = household.submission_id

    union all

    select
        'verification' as feed,
        file_id,
        record_no,
        area_code,
        period,
        is_latest,
        'list ' || sls_code as return_id,
        natural_key,
        nik,
        family_card_no,
        name,
        birth_date,
        sex,
        null as kemendagri_code,
        null as stated_sls_name,
        sls_code as stated_area_code,
        null as relationship,
        null as marital_status,
        null as religion,
        null as education,
        null as activity,
        null as occupation,
        coalesce(verification_status, 'unknown_status') as evidence,
        coalesce(verified_at, cast(period as {{ timestamp_with_zone() }})) as event_at
    from verifications

    union all

    select
        'interview_person' as feed,
        person.file_id,
        person.record_no,
        person.area_code,
        person.period,
        person.is_latest,
        person.interview_id as return_id,
        person.natural_key,
        person.nik,
        household.family_card_no,
        person.name,
        person.birth_date,
        person.sex,
        null as kemendagri_code,
        null as stated_sls_name,
        household.sls_code as stated_area_code,
        person.relationship,
        person.marital_status,
        person.religion,
        person.education,
        person.activity,
        person.occupation,
        case
            when household.outcome in ('complete', 'partial') and person.residence = 'elsewhere' then 'interview_elsewhere'
            when household.outcome in ('complete', 'partial') then 'interview_present'
            else 'interview_incomplete'
        end as evidence,
        coalesce(household.finished_at, household.started_at, cast(person.period as {{ timestamp_with_zone() }})) as event_at
    from interview_persons as person
    left join interview_households as household
        on person.interview_id = household.interview_id

    union all

    select
        'pes_person' as feed,
        file_id,
        record_no,
        area_code,
        period,
        is_latest,
        pes_id as return_id,
        natural_key,
        nik,
        null as family_card_no,
        name,
        birth_date,
        sex,
        null as kemendagri_code,
        null as stated_sls_name,
        sls_code as stated_area_code,
        null as relationship,
        null as marital_status,
        null as religion,
        null as education,
        null as activity,
        null as occupation,
        case pes_status when 'resident' then 'pes_resident' when 'non_resident' then 'pes_non_resident' else 'pes_unknown' end as evidence,
        coalesce(cast(pes_date as {{ timestamp_with_zone() }}), cast(period as {{ timestamp_with_zone() }})) as event_at
    from pes_persons
),

resolved as (
    select
        records.feed,
        records.file_id,
        records.record_no,
        records.area_code,
        records.period,
        records.is_latest,
        records.return_id,
        records.natural_key,
        -- A registry's line is known by its NIK, which can be a sentinel or another's: name and birth date tell it apart.
        records.feed || ':' || records.natural_key || case
            when records.feed = 'registry'
                then ':' || coalesce(records.name, '') || ':' || coalesce(cast(records.birth_date as {{ dbt.type_string() }}), '')
            else ''
        end as line_key,
        records.nik,
        records.family_card_no,
        records.name,
        substr({{ name_key('records.name') }}, 1, 100) as name_key,
        records.birth_date,
        records.sex,
        coalesce(
            case when length(stated_areas.unit_code) >= 4 then stated_areas.unit_code end,
            registry_places.current_code,
            case when registry_places.sls_name is null then registry_areas.current_code end,
            delivered_areas.unit_code,
            records.area_code
        ) as unit_code,
        records.relationship,
        records.marital_status,
        records.religion,
        records.education,
        records.activity,
        records.occupation,
        records.evidence,
        records.event_at
    from records
    left join stated_areas
        on records.stated_area_code = stated_areas.stated_code
    left join stated_areas as delivered_areas
        on records.area_code = delivered_areas.stated_code
    left join registry_areas
        on records.kemendagri_code = registry_areas.code
    left join registry_places
        on records.kemendagri_code = registry_places.kemendagri_code
        and records.stated_sls_name = registry_places.sls_name
),

located as (
    select
        resolved.*,
        case when length(unit_code) = 16 then unit_code end as sls_code,
        case when length(unit_code) >= 10 then substr(unit_code, 1, 10) end as village_code
    from resolved
),

keyed as (
    select
        located.*,
        {{ hash_number(key) }} as record_key
    from located
),

final as (
    select
        keyed.*,
        {{ hash_number(compared) }} as evidence_hash
    from keyed
)

select * from final

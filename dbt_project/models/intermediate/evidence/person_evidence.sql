{# A registry's NIK finds its line again only where it can have been issued and is nobody else's in the extract. #}
{% set key %}
            case
                when feed <> 'registry' or (nik is not null and same_key_count = 1) then feed || ':' || natural_key
                else line_text || ':' || coalesce(family_card_no, '') || ':' || line_no
            end
{% endset %}
{% set compared %}
            record_key || '|' || coalesce(return_id, '') || '|' || line_text || '|' || coalesce(nik, '') || '|'
            || coalesce(family_card_no, '') || '|' || coalesce(name_key, '') || '|'
            || coalesce(cast(birth_date as {{ dbt.type_string() }}), '') || '|' || coalesce(sex, '') || '|' || coalesce(sls_code, '') || '|'
            || coalesce(village_code, '')
{% endset %}

with

registry_lines as (
    select
        file_id,
        record_no,
        count(*) over (partition by area_code, period, natural_key) as same_key_count,
        row_number() over (
            partition by area_code, period, natural_key, name, birth_date, family_card_no order by file_id, record_no
        ) as line_no
    from {{ ref('person_statement') }}
    where feed = 'registry'
),

records as (
    select * from {{ ref('person_statement') }}
),

registry_areas as (
    select * from {{ ref('area_successor') }} where code_system = 'kemendagri'
),

neighbourhoods as (
    select * from {{ ref('registry_neighbourhood') }}
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
        end as line_text,
        records.nik,
        records.family_card_no,
        records.name,
        records.name_key,
        records.birth_date,
        records.sex,
        coalesce(
            case when length(stated_areas.unit_code) >= 4 then stated_areas.unit_code end,
            neighbourhoods.current_code,
            case when neighbourhoods.sls_name is null then registry_areas.current_code end,
            delivered_areas.unit_code,
            records.area_code
        ) as unit_code,
        records.officer_id,
        records.relationship,
        records.marital_status,
        records.religion,
        records.education,
        records.activity,
        records.occupation,
        records.evidence,
        records.event_at
    from records
    left join {{ ref('stated_area') }} as stated_areas
        on records.stated_area_code = stated_areas.stated_code
    left join {{ ref('stated_area') }} as delivered_areas
        on records.area_code = delivered_areas.stated_code
    left join registry_areas
        on records.kemendagri_code = registry_areas.code
    left join neighbourhoods
        on records.kemendagri_code = neighbourhoods.kemendagri_code
        and records.neighbourhood_name = neighbourhoods.sls_name
    {{ computed_once() }}
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
    left join registry_lines
        on located.feed = 'registry'
        and located.file_id = registry_lines.file_id
        and located.record_no = registry_lines.record_no
    {{ computed_once() }}
),

-- Columns of a fixed width come first, which saves padding.
final as (
    select
        file_id,
        record_no,
        record_key,
        {{ hash_number('line_text') }} as line_key,
        {{ hash_number(compared) }} as evidence_hash,
        event_at,
        period,
        birth_date,
        is_latest,
        feed,
        area_code,
        return_id,
        nik,
        family_card_no,
        name,
        name_key,
        sex,
        unit_code,
        sls_code,
        village_code,
        officer_id,
        relationship,
        marital_status,
        religion,
        education,
        activity,
        occupation,
        evidence
    from keyed
)

select * from final

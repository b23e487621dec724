with

statuses as (
    select * from {{ ref('person_status') }}
),

attributes as (
    select * from {{ ref('person_attribute') }}
),

as_of as (
    select * from {{ ref('as_of') }}
),

final as (
    select
        statuses.person_id,
        statuses.sls_code,
        statuses.village_code,
        statuses.area_code,
        attributes.sex,
        attributes.birth_date,
        {{ completed_years('attributes.birth_date', 'as_of.reference_date') }} as age,
        attributes.relationship,
        attributes.marital_status,
        attributes.religion,
        attributes.education,
        attributes.activity,
        attributes.occupation,
        coalesce(statuses.family_card_no, attributes.family_card_no) as family_card_no,
        statuses.count_status,
        statuses.count_reason,
        statuses.count_status in ('counted_confirmed', 'counted_provisional') as is_counted,
        attributes.has_nik,
        attributes.sources,
        statuses.deciding_feed,
        statuses.deciding_file_id,
        statuses.deciding_record_no,
        statuses.return_id,
        statuses.is_present_in_two_areas,
        statuses.is_present_after_died,
        {{ var('survivorship_version') }} as survivorship_version,
        {{ perturbation_key('person', 'statuses.person_id') }} as perturbation_key
    from statuses
    inner join attributes
        on statuses.person_id = attributes.person_id
    cross join as_of
)

select * from final

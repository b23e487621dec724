with

persons as (
    {{ counted_people() }}
),

as_of as (
    select * from {{ ref('as_of') }}
),

-- The age is computed once per record, its group once per age.
registered as (
    select
        coalesce(evidence.sls_code, evidence.village_code) as unit_code,
        evidence.sex,
        {{ completed_years('evidence.birth_date', 'as_of.reference_date') }} as age,
        count(*) as person_count
    from {{ ref('person_evidence') }} as evidence
    cross join as_of
    where evidence.is_latest and evidence.feed = 'registry'
    group by 1, 2, 3
),

people as (
    select
        unit_code,
        sex,
        {{ age_group('age') }} as age_group,
        1 as counted_person_count,
        0 as registered_person_count
    from persons
    where sex is not null and age is not null

    union all

    select
        unit_code,
        sex,
        {{ age_group('age') }} as age_group,
        0 as counted_person_count,
        person_count as registered_person_count
    from registered
    where sex is not null and age is not null
),

grouped as (
    select
        unit_code,
        sex,
        age_group,
        sum(counted_person_count) as counted_person_count,
        sum(registered_person_count) as registered_person_count
    from people
    group by unit_code, sex, age_group
),

final as (
    {{ totals_by_area('grouped', ['sex', 'age_group'], ['counted_person_count', 'registered_person_count']) }}
)

select * from final

with

evidence as (
    select * from {{ ref('person_evidence') }}
    where feed = 'pes_person' and is_latest and sls_code is not null
),

as_of as (
    select * from {{ ref('as_of') }}
),

-- Everybody with the record that decided on the count: a match is as sure as the weaker of that link and the survey's.
persons as (
    select
        person.person_id,
        person.sls_code,
        coalesce(person.sex, 'unknown') as sex,
        {{ age_group('person.age') }} as age_group,
        person.is_counted,
        person.perturbation_key,
        coalesce(person.birth_date > as_of.reference_date, false) as is_born_later,
        person.is_present_in_two_areas,
        links.match_probability
    from {{ ref('person') }} as person
    inner join {{ source('population', 'person_record') }} as links
        on person.deciding_feed = links.feed
        and person.deciding_file_id = links.file_id
        and person.deciding_record_no = links.record_no
    cross join as_of
),

listed_lines as (
    select
        links.person_id,
        evidence.sls_code,
        evidence.evidence,
        links.match_probability,
        evidence.name_key is not null and (evidence.nik is not null or evidence.birth_date is not null) as can_be_matched,
        row_number() over (
            partition by links.person_id, evidence.evidence
            order by evidence.event_at desc, evidence.sls_code, evidence.file_id, evidence.record_no
        ) as choice
    from evidence
    inner join {{ source('population', 'person_record') }} as links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
),

sampled as (
    select distinct sls_code from listed_lines
),

-- A person is listed once, where listed last; a line that nobody could match says nothing of the census.
listed as (
    select
        lines.sls_code,
        lines.person_id,
        lines.match_probability
    from listed_lines as lines
    inner join persons
        on lines.person_id = persons.person_id
    where lines.evidence = 'pes_resident' and lines.choice = 1 and lines.can_be_matched and not persons.is_born_later
),

strangers as (
    select distinct
        sls_code,
        person_id
    from listed_lines
    where evidence = 'pes_non_resident'
),

enumerated as (
    select
        persons.sls_code,
        persons.person_id
    from persons
    inner join sampled
        on persons.sls_code = sampled.sls_code
    where persons.is_counted
),

everybody as (
    select
        sls_code,
        person_id
    from listed

    union

    select
        sls_code,
        person_id
    from enumerated
),

final as (
    select
        everybody.sls_code,
        everybody.person_id,
        persons.sex,
        persons.age_group,
        persons.perturbation_key,
        listed.person_id is not null as is_listed,
        enumerated.person_id is not null as is_enumerated,
        listed.person_id is not null and persons.is_counted as is_matched,
        -- Who lives elsewhere in the census's area too is counted once and rightly, in the wrong work area.
        enumerated.person_id is not null and (
            persons.is_born_later
            or (strangers.person_id is not null and listed_anywhere.person_id is null and not persons.is_present_in_two_areas)
        ) as is_erroneous,
        case
            when listed.person_id is null or not persons.is_counted then null
            when listed.match_probability < persons.match_probability then listed.match_probability
            else persons.match_probability
        end as match_probability
    from everybody
    inner join persons
        on everybody.person_id = persons.person_id
    left join listed
        on everybody.person_id = listed.person_id
        and everybody.sls_code = listed.sls_code
    left join listed as listed_anywhere
        on everybody.person_id = listed_anywhere.person_id
    left join enumerated
        on everybody.person_id = enumerated.person_id
        and everybody.sls_code = enumerated.sls_code
    left join strangers
        on everybody.person_id = strangers.person_id
        and everybody.sls_code = strangers.sls_code
)

select * from final

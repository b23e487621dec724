{# Findings by which a person lives at the place of a record; a card of the registry holds its people together where they live. #}
{% set living_there = [
    'interview_present', 'online_here', 'present_card_here', 'present_card_elsewhere', 'new_born', 'new_moved_in', 'new_unrecorded', 'registry',
] %}
{% set rounds = 3 %}

with

people as (
    {{ counted_people('stated_person') }}
),

evidence as (
    select * from {{ ref('person_evidence') }}
    where is_latest and evidence in ('{{ living_there | join("', '") }}')
),

links as (
    select * from {{ source('population', 'person_record') }}
),

records as (
    select
        people.person_id,
        people.unit_code,
        evidence.feed,
        evidence.return_id,
        evidence.family_card_no,
        evidence.sls_code,
        evidence.event_at
    from links
    inner join people
        on links.person_id = people.person_id
    inner join evidence
        on links.file_id = evidence.file_id
        and links.record_no = evidence.record_no
),

-- What holds people of one place together: a return and a family card. Each person has a tie of its own as well.
ties as (
    select
        person_id,
        unit_code || ' ' || feed || ' ' || return_id as tie
    from records
    where feed in ('online_person', 'interview_person')

    union

    select
        person_id,
        unit_code || ' card ' || family_card_no as tie
    from records
    where family_card_no is not null and sls_code = unit_code

    union

    select
        person_id,
        unit_code || ' card ' || family_card_no as tie
    from people
    where family_card_no is not null

    union

    select
        person_id,
        'person ' || cast(person_id as {{ dbt.type_string() }}) as tie
    from people
),

household_0 as (
    select
        person_id,
        tie,
        person_id as household_id
    from ties
),

-- The smallest person_id spreads over the ties. People with a card and a return are reached in two rounds; the third is for errors.
{% for round in range(1, rounds + 1) -%}
tied_{{ round }} as (
    select
        person_id,
        tie,
        min(household_id) over (partition by tie) as household_id
    from household_{{ round - 1 }}
),

household_{{ round }} as (
    select
        person_id,
        tie,
        min(household_id) over (partition by person_id) as household_id
    from tied_{{ round }}
),

{% endfor -%}

-- The form that speaks for the person's home: an interview, else the newest submission.
forms as (
    select
        person_id,
        max(case feed when 'interview_person' then '2' else '1' end || {{ sortable_time('event_at') }} || return_id) as form_key
    from records
    where feed in ('online_person', 'interview_person')
    group by person_id
),

households as (
    select
        person_id,
        min(household_id) as household_id
    from household_{{ rounds }}
    group by person_id
),

final as (
    select
        households.person_id,
        households.household_id,
        forms.form_key
    from households
    left join forms
        on households.person_id = forms.person_id
)

select * from final

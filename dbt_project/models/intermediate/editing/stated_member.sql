{{ config(materialized='view') }}

with

people as (
    {{ counted_people('stated_person') }}
),

members as (
    select * from {{ ref('household_member') }}
),

-- A question that no form of a regency has an answer to was not on the form.
regencies as (
    select
        substr(area_code, 1, 4) as regency_code,
        {% for variable in edited_variables() -%}
        count({{ 'case when is_occupation_in_form then 1 end' if variable == 'occupation' else variable }}) > 0 as has_{{ variable }}{{ "," if not loop.last }}
        {% endfor %}
    from people
    group by 1
),

final as (
    select
        people.person_id,
        members.household_id,
        members.members,
        members.head_person_id,
        people.unit_code,
        people.area_code,
        people.has_nik,
        people.has_form,
        people.sources like '%registry%' as has_registry,
        people.nik_sex,
        people.nik_age,
        people.is_nik_of_regency,
        coalesce(people.is_born_later, false) as is_born_later,
        {% for variable in edited_variables() -%}
        {{ 'members' if variable == 'relationship' else 'people' }}.{{ variable }},
        {{ 'members.head_person_id is not null and ' if variable == 'relationship' }}regencies.has_{{ variable }} and ({{ has_source(variable) | replace('has_registry', "people.sources like '%registry%'") | replace('has_form', 'people.has_form') }} or not people.is_list_check_only) as is_{{ variable }}_asked{{ "," if not loop.last }}
        {% endfor %}
    from people
    inner join members
        on people.person_id = members.person_id
    inner join regencies
        on substr(people.area_code, 1, 4) = regencies.regency_code
)

select * from final

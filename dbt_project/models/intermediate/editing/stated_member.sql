{{ config(materialized='view') }}

{# Who is asked: everybody; people of a household with a head; who is on the registry's extract or in a form; who is in a form. #}
{% set in_form = 'people.has_form' %}
{% set in_form_or_registry = "(people.has_form or people.sources like '%registry%')" %}
{% set asked = {
    'sex': 'true', 'age': 'true', 'relationship': 'members.head_person_id is not null',
    'marital_status': in_form_or_registry, 'religion': in_form_or_registry, 'education': in_form_or_registry, 'birth_place': in_form_or_registry,
} %}

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
        count({{ variable }}) > 0 as has_{{ variable }}{{ "," if not loop.last }}
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
        people.nik_sex,
        people.nik_age,
        coalesce(people.is_born_later, false) as is_born_later,
        {% for variable in edited_variables() -%}
        {{ 'members' if variable == 'relationship' else 'people' }}.{{ variable }},
        {{ asked.get(variable, in_form) }} and regencies.has_{{ variable }} as is_{{ variable }}_asked{{ "," if not loop.last }}
        {% endfor %}
    from people
    inner join members
        on people.person_id = members.person_id
    inner join regencies
        on substr(people.area_code, 1, 4) = regencies.regency_code
)

select * from final

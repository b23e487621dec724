{{ config(materialized='view') }}

with

people as (
    select * from {{ ref('person') }} where is_counted
),

stated as (
    select * from {{ ref('stated_person') }}
),

households as (
    select * from {{ ref('household_member') }}
),

members as (
    select
        people.person_id,
        households.household_id,
        households.members,
        households.head_person_id,
        people.has_nik,
        stated.nik_sex,
        stated.nik_age,
        coalesce(people.birth_date is not null and stated.is_born_later, false) as is_born_later,
        {% for variable in edited_variables() -%}
        people.{{ variable }},
        people.{{ variable }}_flag = 'missing' as is_{{ variable }}_asked{{ "," if not loop.last }}
        {% endfor %}
    from people
    inner join stated
        on people.person_id = stated.person_id
    inner join households
        on people.person_id = households.person_id
),

{{ edit_failures() }}

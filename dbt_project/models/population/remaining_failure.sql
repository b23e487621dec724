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

rules as (
    select * from {{ ref('edit_rule') }}
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

around as (
    {{ in_household('members') }}
),

failing as (
    select
        around.*,
        {{ failed_rules(edit_rules()) }} as failed_rules
    from around
    {{ computed_once() }}
),

failures as (
    select
        failing.household_id,
        failing.person_id,
        parts.part as rule
    from failing
    {{ split_to_rows('failing.failed_rules', ';') }}
    where failing.failed_rules <> ''
),

final as (
    select
        failures.household_id,
        failures.person_id,
        failures.rule,
        rules.severity,
        rules.is_missing,
        rules.fields
    from failures
    inner join rules
        on failures.rule = rules.rule
)

select * from final

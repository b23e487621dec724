{{ config(materialized='view') }}

{# Rules that have to hold in the end; what still fails one is withdrawn rather than published. #}
{% set rules = edit_rules() | selectattr('severity', 'equalto', 'hard') | rejectattr('is_missing', 'defined') | list %}

with

members as (
    {{ members_with(edited_variables()) }}
),

-- Who came with an older relative has not lived there for longer than they are old; what is not asked of them has no value.
fitted as (
    select
        members.*,
        case when age >= 5 or age is null then activity end as fitted_activity,
        case when not is_months_of_stay_kept and months_of_stay > age * 12 + 11 then age * 12 + 11 else months_of_stay end as fitted_months_of_stay
    from members
),

routed as (
    select
        person_id,
        household_id,
        members,
        head_person_id,
        has_nik,
        cast(null as {{ dbt.type_string() }}) as nik_sex,
        cast(null as integer) as nik_age,
        false as is_born_later,
        {% for variable in edited_variables() -%}
        is_{{ variable }}_asked,
        is_{{ variable }}_kept,
        case when {{ variable }}_donor_person_id is not null then {{ variable }} end as given_{{ variable }},
        {% if variable in ['activity', 'months_of_stay'] -%}
        fitted_{{ variable }} as {{ variable }}
        {%- elif variable in ['occupation', 'employment_status'] -%}
        case when fitted_activity = 'working' or (fitted_activity is null and (age >= 10 or age is null)) then {{ variable }} end as {{ variable }}
        {%- else -%}
        {{ variable }}
        {%- endif %}{{ "," if not loop.last }}
        {% endfor %}
    from fitted
),

-- What is withdrawn can make another rule fail, so the rules are checked twice.
{% for people, checked in [('routed', 'checked_once'), ('withdrawn', 'checked')] -%}
{{ people }}_around as (
    {{ in_household(people) }}
),

{{ checked }} as (
    select
        {{ people }}_around.*,
        {{ failed_rules(rules) }} as failed_rules
    from {{ people }}_around
    {{ computed_once() }}
),

{{ 'withdrawn' if loop.first else 'last' }} as (
    select
        person_id,
        household_id,
        members,
        head_person_id,
        has_nik,
        nik_sex,
        nik_age,
        is_born_later,
        {% for variable in edited_variables() -%}
        is_{{ variable }}_asked,
        is_{{ variable }}_kept,
        given_{{ variable }},
        case
            when failed_rules = '' then {{ variable }}
            {%- for rule in rules if rule.fields[0] == variable or (rule.fields[0] == 'activity' and variable in ['occupation', 'employment_status']) %}
            when failed_rules like '%;{{ rule.rule }};%' then {{ "'other'" if variable == 'relationship' else 'null' }}
            {%- endfor %}
            else {{ variable }}
        end as {{ variable }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ checked }}
),

{% endfor -%}
final as (
    select
        person_id,
        household_id,
        {% for variable in edited_variables() -%}
        is_{{ variable }}_asked,
        is_{{ variable }}_kept,
        coalesce(given_{{ variable }} = {{ variable }}, false) as is_{{ variable }}_given,
        {{ variable }}{{ "," if not loop.last }}
        {% endfor %}
    from last
)

select * from final

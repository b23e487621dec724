{# Answers of counted people as edited; population.value_edit has what was stated. #}
with

people as (
    select * from {{ ref('stated_person') }}
),

edited as (
    select * from {{ ref('edited_member') }}
),

final as (
    select
        people.person_id,
        people.sls_code,
        people.village_code,
        people.area_code,
        edited.household_id,
        case when edited.person_id is null or (edited.age = people.age and not edited.is_age_given) then people.birth_date end as birth_date,
        {% for variable in edited_variables() -%}
        case when edited.person_id is null then people.{{ variable }} else edited.{{ variable }} end as {{ variable }},
        case
            when edited.person_id is null then null
            when edited.{{ variable }} = people.{{ variable }} and (edited.is_{{ variable }}_kept or not edited.is_{{ variable }}_given) then 'stated'
            when edited.{{ variable }} is not null and edited.is_{{ variable }}_given then 'donor'
            when edited.{{ variable }} is not null then 'deduced'
            {%- if variable == 'activity' %}
            when edited.age < 5 then 'not_applicable'
            {%- elif variable in ['occupation', 'employment_status'] %}
            when edited.activity <> 'working' or edited.age < 5 then 'not_applicable'
            {%- endif %}
            when people.{{ variable }} is not null or edited.is_{{ variable }}_asked then 'missing'
            else 'not_asked'
        end as {{ variable }}_flag,
        {% endfor -%}
        people.family_card_no,
        people.count_status,
        people.count_reason,
        people.is_counted,
        people.has_nik,
        people.sources,
        people.deciding_feed,
        people.deciding_file_id,
        people.deciding_record_no,
        people.return_id,
        people.is_present_in_two_areas,
        people.is_present_after_died,
        people.survivorship_version,
        people.perturbation_key
    from people
    left join edited
        on people.person_id = edited.person_id
)

select * from final

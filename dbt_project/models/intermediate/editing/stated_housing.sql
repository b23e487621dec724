with

households as (
    select * from {{ ref('person_household') }}
),

people as (
    {{ counted_people() }}
),

failing as (
    select distinct household_id from {{ ref('edit_failure') }} where not is_missing
),

homes as (
    select
        households.household_id,
        max(households.form_key) as form_key,
        max(case when people.relationship = 'head' then people.person_id end) as head_person_id,
        min(people.unit_code) as unit_code,
        count(*) as members,
        max(case when people.relationship = 'head' then people.education end) as head_education,
        min(case when stated.is_list_check_only then 1 else 0 end) = 1 as is_list_check_only
    from households
    inner join people
        on households.person_id = people.person_id
    inner join {{ ref('stated_person') }} as stated
        on households.person_id = stated.person_id
    group by households.household_id
),

forms as (
    select
        '1' || {{ sortable_time('coalesce(finished_at, started_at)') }} || submission_id as form_key,
        {{ housing_variables() | join(',
        ') }}
    from {{ ref('stg_online_household') }}
    where is_latest

    union all

    select
        '2' || {{ sortable_time('coalesce(finished_at, started_at)') }} || interview_id as form_key,
        {{ housing_variables() | join(',
        ') }}
    from {{ ref('stg_interview_household') }}
    where is_latest
),

-- A question that no form of a regency has an answer to was not on the form.
regencies as (
    select
        substr(homes.unit_code, 1, 4) as regency_code,
        {% for variable in housing_variables() -%}
        count(forms.{{ variable }}) > 0 as has_{{ variable }}{{ "," if not loop.last }}
        {% endfor %}
    from homes
    inner join forms
        on homes.form_key = forms.form_key
    group by 1
),

final as (
    select
        homes.household_id,
        homes.head_person_id,
        homes.unit_code,
        homes.members,
        homes.head_education,
        homes.form_key is not null as has_form,
        failing.household_id is null as is_passing,
        {% for variable in housing_variables() -%}
        forms.{{ variable }},
        (homes.form_key is not null or not homes.is_list_check_only) and coalesce(regencies.has_{{ variable }}, false) as is_{{ variable }}_asked,
        forms.{{ variable }} is not null as is_{{ variable }}_kept{{ "," if not loop.last }}
        {% endfor %}
    from homes
    left join forms
        on homes.form_key = forms.form_key
    left join failing
        on homes.household_id = failing.household_id
    left join regencies
        on substr(homes.unit_code, 1, 4) = regencies.regency_code
)

select * from final

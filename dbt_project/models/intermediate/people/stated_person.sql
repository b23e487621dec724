with

statuses as (
    select * from {{ ref('person_status') }}
),

attributes as (
    select * from {{ ref('person_attribute') }}
),

as_of as (
    select * from {{ ref('as_of') }}
),

regencies as (
    select * from {{ ref('area') }} where area_level = 'regency'
),

-- The regencies as the civil registry numbers them.
registry_regencies as (
    select distinct
        regency_code,
        substr(replace(kemendagri_code, '.', ''), 1, 4) as registry_code
    from {{ ref('work_area') }}
),

-- Of people whose work area is not known the method is known where the whole village or regency has the same.
methods as (
    select
        units.area_code as unit_code,
        min(case when work_areas.zone = 'list_check_only' then 1 else 0 end) = 1 as is_list_check_only
    from {{ ref('work_area') }} as work_areas
    inner join {{ ref('area_hierarchy') }} as units
        on work_areas.sls_code = units.unit_code
    group by units.area_code
),

{% for variable in coded_variables() -%}
{{ variable }}_categories as (
    select * from {{ ref('answer_category') }} where variable = '{{ variable }}'
),

{% endfor -%}
people as (
    select
        statuses.*,
        attributes.sex,
        attributes.birth_date,
        {{ completed_years('attributes.birth_date', 'as_of.reference_date') }} as age,
        attributes.birth_date > as_of.reference_date as is_born_later,
        {{ nik_sex('attributes.nik') }} as nik_sex,
        {{ completed_years(nik_birth_date('attributes.nik'), 'as_of.reference_date') }} as nik_age,
        substr(attributes.nik, 1, 4) as nik_regency_code,
        attributes.relationship,
        attributes.marital_status,
        attributes.religion,
        attributes.education,
        attributes.activity,
        attributes.employment_status,
        attributes.citizenship,
        attributes.months_of_stay,
        {{ place_key('attributes.birth_place') }} as birth_place_key,
        {{ answer_key('attributes.ethnicity') }} as ethnicity_key,
        {{ answer_key('attributes.language') }} as language_key,
        -- The registry's job is years old: it fills a gap in the form of somebody who works.
        {{ answer_key(
            "coalesce(attributes.occupation, case when attributes.activity = 'working' then attributes.registered_occupation end)"
        ) }} as occupation_key,
        coalesce(statuses.family_card_no, attributes.family_card_no) as known_family_card_no,
        attributes.occupation is not null as is_occupation_in_form,
        attributes.has_nik,
        attributes.sources,
        attributes.sources like '%interview_person%' or attributes.sources like '%online_person%' as has_form
    from statuses
    -- Everybody is in both. A full join is never made by looking through one side for each row of the other, whatever is expected of them.
    full join attributes
        on statuses.person_id = attributes.person_id
    cross join as_of
    {{ computed_once() }}
),

final as (
    select
        people.person_id,
        people.sls_code,
        people.village_code,
        people.area_code,
        people.sex,
        people.birth_date,
        people.age,
        people.is_born_later,
        people.nik_sex,
        -- Two digits of a year are those of either century.
        case when abs(people.age - people.nik_age - 100) <= 1 then people.nik_age + 100 else people.nik_age end as nik_age,
        case when people.nik_regency_code is not null then registry_regencies.registry_code is not null end as is_nik_of_regency,
        people.relationship,
        people.marital_status,
        people.religion,
        {% for variable in ['ethnicity', 'language'] -%}
        case when people.{{ variable }}_key is not null then coalesce({{ variable }}_categories.category, 'not_coded') end as {{ variable }},
        {% endfor -%}
        people.citizenship,
        case
            when people.birth_place_key = {{ place_key('regencies.area_name') }} then 'this_regency'
            when people.birth_place_key is not null then 'elsewhere'
        end as birth_place,
        people.months_of_stay,
        people.education,
        people.activity,
        people.employment_status,
        nullif(case when people.occupation_key is not null then coalesce(occupation_categories.category, 'not_coded') end, 'not_working') as occupation,
        people.known_family_card_no as family_card_no,
        people.count_status,
        people.count_reason,
        people.count_status in ('counted_confirmed', 'counted_provisional') as is_counted,
        people.has_nik,
        people.has_form,
        people.is_occupation_in_form,
        coalesce(methods.is_list_check_only, false) as is_list_check_only,
        people.sources,
        people.deciding_feed,
        people.deciding_file_id,
        people.deciding_record_no,
        people.return_id,
        people.is_present_in_two_areas,
        people.is_present_after_died,
        {{ var('survivorship_version') }} as survivorship_version,
        {{ perturbation_key('person', 'people.person_id') }} as perturbation_key
    from people
    {% for variable in coded_variables() -%}
    left join {{ variable }}_categories
        on people.{{ variable }}_key = {{ variable }}_categories.answer
    {% endfor -%}
    left join methods
        on coalesce(people.sls_code, people.area_code) = methods.unit_code
    left join regencies
        on substr(people.area_code, 1, 4) = regencies.area_code
    left join registry_regencies
        on substr(people.area_code, 1, 4) = registry_regencies.regency_code
        and people.nik_regency_code = registry_regencies.registry_code
)

select * from final

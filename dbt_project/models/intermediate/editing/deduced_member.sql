with

members as (
    select * from {{ ref('stated_member') }}
),

targets as (
    select * from {{ ref('edit_target') }}
),

failures as (
    select * from {{ ref('edit_failure') }} where severity = 'hard' and not is_missing
),

-- Everybody whose answers a failed rule is about, and whose answer is set aside.
failing as (
    select person_id from failures

    union

    select head_person_id as person_id from failures
    where fields like '%head.%'

    union

    select mother_person_id as person_id from failures
    where fields like '%mother.%'

    union

    select person_id from targets
),

changes as (
    select
        person_id,
        {% for variable in edited_variables() -%}
        max(case when field = '{{ variable }}' then 1 else 0 end) = 1 as is_{{ variable }}_changed{{ "," if not loop.last }}
        {% endfor %}
    from targets
    group by person_id
),

kept as (
    select
        members.*,
        failing.person_id is null as is_passing,
        {% for variable in edited_variables() -%}
        case when changes.is_{{ variable }}_changed is not true then members.{{ variable }} end as kept_{{ variable }}{{ "," if not loop.last }}
        {% endfor %}
    from members
    left join changes
        on members.person_id = changes.person_id
    left join failing
        on members.person_id = failing.person_id
),

-- The other half of a couple tells the sex.
coupled as (
    select
        kept.*,
        max(case when kept_relationship = 'head' then coalesce(kept_sex, nik_sex) end) over household as head_known_sex,
        max(case when kept_relationship = 'spouse' then coalesce(kept_sex, nik_sex) end) over household as spouse_known_sex,
        sum(case when kept_relationship = 'spouse' then 1 else 0 end) over household as couples
    from kept
    window household as (partition by household_id)
),

deduced as (
    select
        coupled.*,
        coalesce(
            kept_sex,
            nik_sex,
            case
                when kept_relationship = 'spouse' then case head_known_sex when 'male' then 'female' when 'female' then 'male' end
                when kept_relationship = 'head' then case spouse_known_sex when 'male' then 'female' when 'female' then 'male' end
            end
        ) as deduced_sex,
        coalesce(
            kept_age,
            case
                when nik_age > 110 or (nik_age < 15 and kept_relationship in ('head', 'spouse', 'child_in_law')) then null
                else nik_age
            end
        ) as deduced_age
    from coupled
),

filled as (
    select
        deduced.*,
        coalesce(
            kept_marital_status,
            case
                when not is_marital_status_asked then null
                when deduced_age < 15 then 'never_married'
                when kept_relationship = 'spouse' or (kept_relationship = 'head' and couples > 0) then 'married'
            end
        ) as deduced_marital_status,
        coalesce(kept_citizenship, case when has_nik and is_citizenship_asked then 'indonesian' end) as deduced_citizenship,
        coalesce(kept_education, case when deduced_age < 5 and is_education_asked then 'none' end) as deduced_education,
        case
            when deduced_age < 5 then null
            when kept_activity is not null then kept_activity
            when (deduced_age >= 10 or deduced_age is null) and is_activity_asked and (kept_occupation is not null or kept_employment_status is not null) then 'working'
        end as deduced_activity
    from deduced
),

routed as (
    select
        person_id,
        household_id,
        members,
        head_person_id,
        unit_code,
        area_code,
        has_nik,
        has_form,
        has_registry,
        is_nik_of_regency,
        is_passing,
        {% for variable in edited_variables() -%}
        kept_{{ variable }} is not null as is_{{ variable }}_kept,
        is_{{ variable }}_asked,
        {% endfor -%}
        deduced_sex as sex,
        deduced_age as age,
        kept_relationship as relationship,
        deduced_marital_status as marital_status,
        kept_religion as religion,
        kept_ethnicity as ethnicity,
        kept_language as language,
        deduced_citizenship as citizenship,
        kept_birth_place as birth_place,
        -- A stay of the family that is longer than the person's life is one since birth.
        coalesce(kept_months_of_stay, case when months_of_stay > deduced_age * 12 + 12 then deduced_age * 12 + 11 end) as months_of_stay,
        deduced_education as education,
        deduced_activity as activity,
        case when deduced_activity is null or deduced_activity = 'working' then kept_employment_status end as employment_status,
        case when deduced_activity is null or deduced_activity = 'working' then kept_occupation end as occupation
    from filled
),

final as (
    {{ in_household('routed') }}
)

select * from final

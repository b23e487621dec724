with

members as (
    {{ members_with() }}
),

{{ donors_of('sex', [
    {'key': ["relationship", "marital_status", "coalesce(head_sex, '-')", age_band('age')]},
    {'key': ["relationship", "coalesce(head_sex, '-')"]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 0)') }},

{{ donors_of('age', [
    {'key': ["relationship", "sex", "marital_status", "education", "coalesce(activity, '-')", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "marital_status", "education", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "marital_status", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "other_age - mod(other_age, 10)"]},
    {'key': ["relationship", "marital_status", "education", "coalesce(activity, '-')"]},
    {'key': ["relationship"]},
    {'key': ["'everybody'"]},
], near='coalesce(other_age, 0)') }},

final as (
    select
        person_id,
        variable,
        value,
        donor_person_id
    from sex_donor

    union all

    select
        person_id,
        variable,
        value,
        donor_person_id
    from age_donor
)

select * from final

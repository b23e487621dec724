{# A head's own sex tells nothing of a head's: but whether there is a spouse does. #}
{% set sex_of_other = "case when relationship = 'head' then cast(other_spouses as " ~ dbt.type_string() ~ ") else coalesce(head_sex, '-') end" %}

with

members as (
    {{ members_with() }}
),

{{ donors_of('sex', [
    {'key': ["relationship", "marital_status", sex_of_other, age_band('age')]},
    {'key': ["relationship", "marital_status", sex_of_other]},
    {'key': ["relationship", sex_of_other]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }},

{{ donors_of('age', [
    {'key': ["relationship", "sex", "marital_status", "education", "coalesce(activity, '-')", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "marital_status", "education", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "marital_status", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "other_age - mod(other_age, 10)"]},
    {'key': ["relationship", "marital_status", "education", "coalesce(activity, '-')"]},
    {'key': ["relationship"]},
    {'key': ["'everybody'"]},
], near='coalesce(other_age, 45)') }},

final as (
    {{ donors_found(['sex', 'age']) }}
)

select * from final

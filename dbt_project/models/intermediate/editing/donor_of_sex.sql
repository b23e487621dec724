{# A head's own sex tells nothing of a head's: but whether there is a spouse does. #}
{% set sex_of_other = "case when relationship = 'head' then cast(other_spouses as " ~ dbt.type_string() ~ ") else coalesce(head_sex, '-') end" %}

with

members as (
    {{ members_with([]) }}
),

{{ donors_of('sex', [
    {'key': ["relationship", "marital_status", sex_of_other, age_band('age')]},
    {'key': ["relationship", "marital_status", sex_of_other]},
    {'key': ["relationship", sex_of_other]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

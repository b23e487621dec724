{# Who came with the head, later, or was there before: told by donors in the same place who live with somebody who came as long ago. #}
{% set partner_came = "case when partner_months_of_stay >= age * 12 then 'before birth' else cast(partner_months_of_stay - mod(partner_months_of_stay, 24) as " ~ dbt.type_string() ~ ") end" %}

with

members as (
    {{ members_with(['age', 'relationship', 'birth_place']) }}
),

{{ donors_of('months_of_stay', [
    {'key': ["relationship", "birth_place", partner_came, age_band('age', 10)]},
    {'key': ["relationship", partner_came, age_band('age', 10)]},
    {'key': ["relationship", "birth_place", age_band('age')]},
    {'key': ["birth_place", age_band('age')]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

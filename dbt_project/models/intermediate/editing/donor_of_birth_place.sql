{# The place of a child is mostly that of the family; whoever got the NIK elsewhere, or came later in life, was mostly born elsewhere. #}
{% set since_birth = "case when months_of_stay >= age * 12 then 'birth' when months_of_stay is not null then 'later' else '-' end" %}
{% set nik_of_regency = "coalesce(cast(is_nik_of_regency as " ~ dbt.type_string() ~ "), '-')" %}

with

members as (
    {{ members_with(['age', 'relationship']) }}
),

{{ donors_of('birth_place', [
    {'key': [nik_of_regency, since_birth, "coalesce(partner_birth_place, '-')", "relationship", "case when age < 18 then 1 else 0 end"]},
    {'key': [nik_of_regency, since_birth, "coalesce(partner_birth_place, '-')"]},
    {'key': [nik_of_regency, since_birth]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

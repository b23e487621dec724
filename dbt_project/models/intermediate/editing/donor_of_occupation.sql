{% set stage = "case when age < 18 then 'child' when age < 25 then 'young' when age < 54 then 'middle' else 'old' end" %}

with

members as (
    {{ members_with(['sex', 'age', 'education', 'activity', 'employment_status']) }}
),

{{ donors_of('occupation', [
    {'key': ["employment_status", "education", "sex", stage]},
    {'key': ["employment_status", "education", "sex"]},
    {'key': ["education", "sex"]},
    {'key': ["sex"]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)', donor="is_passing and occupation <> 'not_coded'") }}

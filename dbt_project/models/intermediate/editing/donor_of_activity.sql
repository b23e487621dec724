{# Whether something of a job was stated: who lacks the activity and both others mostly does not work. #}
{% set has_job = 'case when occupation is null and employment_status is null then 0 else 1 end' %}

with

members as (
    {{ members_with(['sex', 'age', 'relationship', 'marital_status', 'education']) }}
),

{{ donors_of('activity', [
    {'key': [has_job, age_band('age'), "sex", "marital_status", "education", "relationship"]},
    {'key': [has_job, age_band('age'), "sex", "marital_status"]},
    {'key': [has_job, age_band('age'), "sex"]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

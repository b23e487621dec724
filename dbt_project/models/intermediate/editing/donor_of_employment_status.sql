with

members as (
    {{ members_with(['sex', 'age', 'education', 'activity']) }}
),

{{ donors_of('employment_status', [
    {'key': ["occupation", "sex", "education", age_band('age', 10)]},
    {'key': ["occupation", "sex", age_band('age', 10)]},
    {'key': ["sex", "education", age_band('age', 10)]},
    {'key': ["sex"]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

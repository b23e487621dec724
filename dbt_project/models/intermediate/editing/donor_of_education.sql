with

members as (
    {{ members_with(['sex', 'age']) }}
),

{{ donors_of('education', [
    {'key': [age_band('age'), "sex", "coalesce(activity, '-')", "coalesce(occupation, '-')", "partner_education"]},
    {'key': [age_band('age'), "sex", "coalesce(activity, '-')", "coalesce(occupation, '-')"]},
    {'key': [age_band('age'), "coalesce(activity, '-')"]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

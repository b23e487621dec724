with

members as (
    {{ members_with([]) }}
),

{{ donors_of('age', [
    {'key': ["relationship", "sex", "marital_status", "education", "coalesce(activity, '-')", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "marital_status", "education", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "marital_status", "other_age - mod(other_age, 5)"]},
    {'key': ["relationship", "other_age - mod(other_age, 10)"]},
    {'key': ["relationship", "marital_status", "education", "coalesce(activity, '-')"]},
    {'key': ["relationship"]},
    {'key': ["education", "coalesce(activity, '-')"]},
    {'key': ["coalesce(activity, '-')"]},
    {'key': ["'everybody'"]},
], near='coalesce(other_age, 45)') }}

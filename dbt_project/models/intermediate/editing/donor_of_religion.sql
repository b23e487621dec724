with

members as (
    {{ members_with([]) }}
),

{{ donors_of('religion', [
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["ethnicity", "substr(unit_code, 1, 10)"]},
    {'key': ["ethnicity"]},
    {'key': ["substr(unit_code, 1, 10)"]},
    {'key': ["'everybody'"]},
], near='0') }}

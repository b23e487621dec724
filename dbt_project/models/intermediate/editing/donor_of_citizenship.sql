with

members as (
    {{ members_with([]) }}
),

{{ donors_of('citizenship', [
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["ethnicity"]},
    {'key': ["'everybody'"]},
], near='0') }}

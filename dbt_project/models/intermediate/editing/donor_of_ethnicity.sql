with

members as (
    {{ members_with([]) }}
),

{{ donors_of('ethnicity', [
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["religion", "language", "birth_place"]},
    {'key': ["religion", "substr(unit_code, 1, 10)"]},
    {'key': ["religion"]},
    {'key': ["'everybody'"]},
], near='0', donor="is_passing and ethnicity <> 'not_coded'") }}

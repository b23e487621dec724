with

members as (
    {{ members_with(['age']) }}
),

{{ donors_of('language', [
    {'key': ["household_id", "ethnicity"], 'least': 1, 'load': 3},
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["ethnicity", age_band('age', 10)]},
    {'key': [age_band('age', 10)]},
    {'key': ["'everybody'"]},
], near='0', donor="is_passing and language <> 'not_coded'") }}

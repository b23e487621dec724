with

members as (
    {{ members_with(donors_before('donor_of_origin')) }}
),

{{ donors_of('religion', [
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["ethnicity", "substr(unit_code, 1, 10)"]},
    {'key': ["ethnicity"]},
    {'key': ["substr(unit_code, 1, 10)"]},
    {'key': ["'everybody'"]},
], near='0') }},

{{ donors_of('ethnicity', [
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["religion", "language", "birth_place"]},
    {'key': ["religion", "substr(unit_code, 1, 10)"]},
    {'key': ["religion"]},
    {'key': ["'everybody'"]},
], near='0', donor="is_passing and ethnicity <> 'not_coded'") }},

{{ donors_of('language', [
    {'key': ["household_id", "ethnicity"], 'least': 1, 'load': 3},
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["ethnicity", age_band('age', 10)]},
    {'key': [age_band('age', 10)]},
    {'key': ["'everybody'"]},
], near='0', donor="is_passing and language <> 'not_coded'") }},

{{ donors_of('citizenship', [
    {'key': ["household_id"], 'least': 1, 'load': 3},
    {'key': ["ethnicity"]},
    {'key': ["'everybody'"]},
], near='0') }},

{{ donors_of('birth_place', [
    {'key': [age_band('age'), "ethnicity", "case when months_of_stay >= age * 12 then 1 else 0 end", "relationship"]},
    {'key': [age_band('age'), "ethnicity"]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }},

final as (
    {{ donors_found(['religion', 'ethnicity', 'language', 'citizenship', 'birth_place']) }}
)

select * from final

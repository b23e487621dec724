with

members as (
    {{ members_with(['age', 'relationship', 'birth_place']) }}
),

{{ donors_of('months_of_stay', [
    {'key': ["household_id", "birth_place", "case when age < 18 then 1 else 0 end"], 'least': 1, 'load': 3},
    {'key': ["birth_place", age_band('age'), "relationship"]},
    {'key': ["birth_place", age_band('age')]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }},

final as (
    {{ donors_found('months_of_stay') }}
)

select * from final

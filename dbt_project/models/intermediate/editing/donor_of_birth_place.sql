with

members as (
    {{ members_with(['age', 'relationship']) }}
),

{{ donors_of('birth_place', [
    {'key': [age_band('age'), "ethnicity", "case when months_of_stay >= age * 12 then 1 else 0 end", "relationship"]},
    {'key': [age_band('age'), "ethnicity"]},
    {'key': [age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }},

final as (
    {{ donors_found(['birth_place']) }}
)

select * from final

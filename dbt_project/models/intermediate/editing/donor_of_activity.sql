with

members as (
    {{ members_with(donors_before('donor_of_activity')) }}
),

{{ donors_of('activity', [
    {'key': [age_band('age'), "sex", "marital_status", "education", "relationship"]},
    {'key': [age_band('age'), "sex", "marital_status"]},
    {'key': [age_band('age'), "sex"]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 0)') }},

final as (
    select
        person_id,
        variable,
        value,
        donor_person_id
    from activity_donor
)

select * from final

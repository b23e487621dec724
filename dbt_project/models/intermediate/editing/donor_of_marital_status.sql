with

members as (
    {{ members_with(donors_before('donor_of_marital_status')) }}
),

{{ donors_of('marital_status', [
    {'key': ["relationship", "sex", age_band('age'), "coalesce(activity, '-')"]},
    {'key': ["relationship", "sex", age_band('age')]},
    {'key': ["sex", age_band('age')]},
    {'key': ["'everybody'"]},
], near='age') }},

final as (
    select
        person_id,
        variable,
        value,
        donor_person_id
    from marital_status_donor
)

select * from final

with

members as (
    {{ members_with(['sex', 'age', 'education', 'activity', 'employment_status']) }}
),

{{ donors_of('occupation', [
    {'key': ["employment_status", "education", "sex", age_band('age', 10)]},
    {'key': ["employment_status", "education", "sex"]},
    {'key': ["education", "sex"]},
    {'key': ["sex"]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)', donor="is_passing and occupation <> 'not_coded'") }},

final as (
    {{ donors_found('occupation') }}
)

select * from final

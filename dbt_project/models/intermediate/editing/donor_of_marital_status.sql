{% set lives_in_couple = "case when relationship = 'spouse' or (relationship = 'head' and filled_spouses > 0) then 1 else 0 end" %}

with

people as (
    {{ members_with(['sex', 'age', 'relationship']) }}
),

-- A spouse by the donor's relationship makes a couple as well.
members as (
    select
        people.*,
        sum(case when relationship = 'spouse' then 1 else 0 end) over (partition by household_id) as filled_spouses
    from people
),

{{ donors_of('marital_status', [
    {'key': [lives_in_couple, "relationship", "sex", age_band('age'), "coalesce(activity, '-')"]},
    {'key': [lives_in_couple, "relationship", "sex", age_band('age')]},
    {'key': [lives_in_couple, "relationship", age_band('age', 10)]},
    {'key': ["sex", age_band('age')]},
    {'key': ["'everybody'"]},
], near='coalesce(age, 35)') }}

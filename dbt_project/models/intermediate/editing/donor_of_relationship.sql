with

members as (
    {{ members_with(['sex', 'age']) }}
),

{{ donors_of('relationship', [
    {'key': ["sex", "marital_status", "case when sex = head_sex then 'same' else 'other' end", "coalesce(head_marital_status, '-')", "other_spouses", "head_age - age - mod(head_age - age + 200, 5)"]},
    {'key': ["case when sex = head_sex then 'same' else 'other' end", "other_spouses", "head_age - age - mod(head_age - age + 200, 5)"]},
    {'key': ["sex", "other_spouses", age_band('age')]},
], near='coalesce(head_age - age, 0)', donor="is_passing and relationship <> 'head'") }}

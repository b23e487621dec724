{{ config(alias='household_by_head') }}

{{ published_shares(ref('household_by_head'), ['head_sex', 'head_age_group'], 'household_count') }}

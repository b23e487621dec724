{{ config(alias='household_by_size') }}

{{ published_shares(ref('household_by_size'), ['size_group'], 'household_count') }}

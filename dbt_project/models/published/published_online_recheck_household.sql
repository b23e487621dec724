{{ config(alias='online_recheck_household') }}

{{ published_shares(ref('online_recheck_household'), ['outcome'], 'household_count') }}

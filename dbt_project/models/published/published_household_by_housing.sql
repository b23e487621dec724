{{ config(alias='household_by_housing') }}

{{ published_shares(ref('household_by_housing'), ['characteristic', 'category'], 'household_count', whole=['characteristic'], apart=['characteristic']) }}

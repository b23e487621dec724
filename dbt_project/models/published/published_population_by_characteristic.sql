{{ config(alias='population_by_characteristic') }}

{{ published_shares(ref('population_by_characteristic'), ['characteristic', 'category'], 'person_count', whole=['characteristic'], apart=['characteristic']) }}

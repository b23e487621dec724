{{ config(alias='population_by_generation') }}

{{ published_shares(ref('population_by_generation'), ['sex', 'generation'], 'person_count', whole=['sex']) }}

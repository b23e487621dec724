{{ config(alias='evidence_of_count') }}

{{ published_shares(ref('evidence_of_count'), ['evidence'], 'person_count') }}

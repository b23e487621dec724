{{ config(alias='online_recheck') }}

{{ published_shares(ref('online_recheck'), ['outcome', 'time_since_answer'], 'person_count', whole=['time_since_answer'], apart=['time_since_answer']) }}

{{ config(alias='online_recheck_daily') }}

{{ published_shares(ref('online_recheck_daily'), ['checked_date', 'outcome'], 'person_count', whole=['checked_date'], apart=['checked_date'], only_shown=true) }}

{# Beside the people, for it has their cards. #}
{{ config(materialized='view', schema='population') }}

with

listed as (
    {{ placed_records('stg_verification') }}
    where records.is_latest and records.officer_id is not null
),

visits as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest and records.officer_id is not null
),

final as (
    select
        officer_id,
        coalesce({{ local_date('verified_at') }}, period) as event_date,
        unit_code,
        current_code as sls_code,
        'line' as kind,
        coalesce(family_card_no, 'line ' || natural_key) || coalesce(current_code, '') as household_key
    from listed

    union all

    select
        officer_id,
        coalesce({{ local_date('started_at') }}, period) as event_date,
        unit_code,
        current_code as sls_code,
        outcome as kind,
        null as household_key
    from visits
)

select * from final

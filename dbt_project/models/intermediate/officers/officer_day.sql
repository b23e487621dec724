{% set outcomes = ['complete', 'partial', 'refused', 'not_met', 'vacant'] %}

with

listed as (
    {{ placed_records('stg_verification') }}
    where records.is_latest and records.officer_id is not null
),

visits as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest and records.officer_id is not null
),

work as (
    select
        officer_id,
        coalesce({{ local_date('verified_at') }}, period) as event_date,
        substr(current_code, 1, 4) as regency_code,
        'line' as kind,
        coalesce(family_card_no, 'line ' || natural_key) || coalesce(current_code, '') as household_key
    from listed

    union all

    select
        officer_id,
        coalesce({{ local_date('started_at') }}, period) as event_date,
        substr(current_code, 1, 4) as regency_code,
        outcome as kind,
        null as household_key
    from visits
),

final as (
    select
        officer_id,
        event_date,
        min(regency_code) as regency_code,
        sum(case when kind = 'line' then 1 else 0 end) as verified_person_count,
        count(distinct household_key) as list_visit_count,
        {% for outcome in outcomes -%}
        sum(case when kind = '{{ outcome }}' then 1 else 0 end) as {{ outcome }}_household_count,
        {% endfor -%}
        sum(case when kind <> 'line' then 1 else 0 end) as interview_visit_count
    from work
    group by officer_id, event_date
)

select * from final

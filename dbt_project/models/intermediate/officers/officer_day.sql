{% set outcomes = ['complete', 'partial', 'refused', 'not_met', 'vacant'] %}

with

work as (
    select * from {{ ref('officer_work') }}
),

final as (
    select
        officer_id,
        event_date,
        min(substr(sls_code, 1, 4)) as regency_code,
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

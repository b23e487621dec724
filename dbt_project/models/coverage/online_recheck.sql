with

answers as (
    select
        unit_code,
        outcome,
        case
            when days_since_answer < 120 then 'under_120_days'
            when days_since_answer < 150 then '120_to_149_days'
            when days_since_answer < 180 then '150_to_179_days'
            when days_since_answer is not null then '180_days_and_more'
        end as time_since_answer,
        perturbation_key
    from {{ ref('online_answer') }}
),

counts as (
    select
        unit_code,
        outcome,
        time_since_answer,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from answers
    where time_since_answer is not null
    group by unit_code, outcome, time_since_answer

    union all

    select
        unit_code,
        outcome,
        'total' as time_since_answer,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from answers
    group by unit_code, outcome
),

final as (
    {{ totals_by_area('counts', ['outcome', 'time_since_answer'], ['person_count', 'person_cell_key']) }}
)

select * from final

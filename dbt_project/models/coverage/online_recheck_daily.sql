with

answers as (
    select
        unit_code,
        checked_date,
        outcome,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from {{ ref('online_answer') }}
    where checked_date is not null
    group by unit_code, checked_date, outcome
),

final as (
    {{ totals_by_area('answers', ['checked_date', 'outcome'], ['person_count', 'person_cell_key']) }}
)

select * from final

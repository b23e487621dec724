with

answers as (
    select * from {{ ref('online_answer') }}
),

submissions as (
    select * from {{ ref('submission') }}
),

families as (
    select
        submission_id,
        min(unit_code) as unit_code,
        case when min(outcome) = max(outcome) then min(outcome) else 'mixed' end as outcome
    from answers
    group by submission_id
),

counts as (
    select
        families.unit_code,
        families.outcome,
        count(*) as household_count,
        sum(submissions.perturbation_key) as household_cell_key
    from families
    inner join submissions
        on families.submission_id = submissions.submission_id
    group by families.unit_code, families.outcome
),

final as (
    {{ totals_by_area('counts', ['outcome'], ['household_count', 'household_cell_key']) }}
)

select * from final

with

submissions as (
    select * from {{ ref('sent_submission') }}
),

returns as (
    select * from {{ ref('online_return') }}
),

-- A family card is as clean as the newest of its submissions: clean since the oldest after which none had an error.
judged as (
    select
        submissions.submission_id,
        submissions.card_key,
        submissions.choice,
        {{ local_date('submissions.sent_at') }} as sent_date,
        returns.unit_code,
        returns.member_count,
        returns.member_here_count,
        returns.is_clean,
        min(case when not returns.is_clean then submissions.choice end) over (partition by submissions.card_key) as newest_faulty_choice
    from submissions
    inner join returns
        on submissions.submission_id = returns.submission_id
),

dated as (
    select
        judged.*,
        min(sent_date) over (partition by card_key) as responded_date,
        min(case when newest_faulty_choice is null or choice < newest_faulty_choice then sent_date end)
            over (partition by card_key) as clean_date
    from judged
),

final as (
    select
        submission_id,
        unit_code,
        responded_date,
        clean_date,
        member_count,
        member_here_count,
        is_clean,
        {{ perturbation_key('card', 'card_key') }} as perturbation_key
    from dated
    where choice = 1
)

select * from final

with

submissions as (
    select * from {{ ref('stg_online_household') }}
),

-- Of several submissions of one family card the newest sent one stands.
ranked as (
    select
        *,
        coalesce(finished_at, started_at) as sent_at,
        row_number() over (
            partition by coalesce(family_card_no, 'submission ' || submission_id)
            order by coalesce(finished_at, started_at, cast(period as {{ timestamp_with_zone() }})) desc, submission_id desc
        ) as choice
    from submissions
    where is_latest and submission_status = 'sent' and submission_id is not null
),

final as (
    select
        submission_id,
        file_id,
        record_no,
        period,
        family_card_no,
        stated_area_code,
        sent_at,
        grade,
        device
    from ranked
    where choice = 1
)

select * from final

with

submissions as (
    select * from {{ ref('stg_online_household') }}
),

-- Of several submissions of one family card the newest sent one stands; a draft is none.
final as (
    select
        submission_id,
        file_id,
        record_no,
        area_code,
        period,
        family_card_no,
        stated_area_code,
        coalesce(finished_at, started_at) as sent_at,
        coalesce(family_card_no, 'submission ' || submission_id) as card_key,
        row_number() over (
            partition by coalesce(family_card_no, 'submission ' || submission_id)
            order by coalesce(finished_at, started_at, cast(period as {{ type_named('timestamp with time zone') }})) desc, submission_id desc
        ) as choice
    from submissions
    where is_latest and submission_status = 'sent' and submission_id is not null
)

select * from final

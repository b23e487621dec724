with

submissions as (
    select * from {{ ref('sent_submission') }}
),

final as (
    select
        submission_id,
        file_id,
        record_no,
        period,
        family_card_no,
        stated_area_code,
        sent_at
    from submissions
    where choice = 1
)

select * from final

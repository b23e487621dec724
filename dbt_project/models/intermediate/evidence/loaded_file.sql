with

files as (
    select * from {{ ref('stg_delivered_file') }}
),

final as (
    select
        file_id,
        feed,
        area_code,
        period,
        records_read,
        records_loaded,
        records_rejected,
        loaded_at,
        period = max(period) over (partition by feed, area_code) as is_newest_period
    from files
    where status = 'loaded'
)

select * from final

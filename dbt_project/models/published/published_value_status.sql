{{ config(alias='value_status') }}

with

statuses as (
    select * from {{ ref('value_status') }}
),

final as (
    select
        'country' as area_level,
        '00' as area_code,
        'Indonesia' as area_name,
        status,
        meaning,
        obs_status,
        conf_status
    from statuses
)

select * from final

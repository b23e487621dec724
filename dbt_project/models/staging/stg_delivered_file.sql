{{ config(materialized='table', unlogged=true) }}

with

files as (
    select * from {{ source('ops', 'file') }}
),

-- A copy: files go on landing while a run builds, and all of the run must speak of the same ones.
final as (
    select
        file_id,
        feed,
        area_code,
        period,
        status,
        bytes,
        records_read,
        records_loaded,
        records_rejected,
        loaded_at
    from files
)

select * from final

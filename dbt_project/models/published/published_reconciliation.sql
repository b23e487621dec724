{{ config(alias='reconciliation') }}

with

final as (
    select * from {{ ref('reconciliation') }}
)

select * from final

with

staff as (
    {{ placed_records('stg_officer') }}
    where records.is_latest and records.sls_code is not null
),

final as (
    select
        current_code as sls_code,
        min(case when role = 'enumerator' then officer_id end) as officer_id,
        min(case when role = 'supervisor' then officer_id end) as supervisor_id
    from staff
    group by current_code
)

select * from final

with

households as (
    select
        coalesce(sls_code, area_code) as unit_code,
        case when members < 6 then cast(members as {{ dbt.type_string() }}) else '6+' end as size_group,
        count(*) as household_count,
        sum(perturbation_key) as household_cell_key
    from {{ ref('household') }}
    group by 1, 2
),

final as (
    {{ totals_by_area('households', ['size_group'], ['household_count', 'household_cell_key']) }}
)

select * from final

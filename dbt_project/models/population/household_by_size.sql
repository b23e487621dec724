with

households as (
    select
        coalesce(sls_code, area_code) as unit_code,
        case when members < 6 then cast(members as {{ dbt.type_string() }}) else '6+' end as size_group,
        count(*) as household_count
    from {{ ref('household') }}
    group by 1, 2
),

totals as (
    {{ totals_by_area('households', ['size_group'], ['household_count']) }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        size_group,
        household_count,
        {{ percent('household_count', 'sum(household_count) over (partition by area_level, area_code)') }} as household_percent
    from totals
)

select * from final

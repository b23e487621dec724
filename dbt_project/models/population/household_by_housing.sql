with

households as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('household') }}
),

grouped as (
    {% for characteristic in housing_variables() -%}
    select
        unit_code,
        '{{ characteristic }}' as characteristic,
        coalesce({{ characteristic }}, {{ characteristic }}_flag) as category,
        count(*) as household_count,
        sum(perturbation_key) as household_cell_key
    from households
    group by 1, 3
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

final as (
    {{ totals_by_area('grouped', ['characteristic', 'category'], ['household_count', 'household_cell_key']) }}
)

select * from final

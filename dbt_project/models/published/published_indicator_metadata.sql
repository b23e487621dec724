{{ config(alias='indicator_metadata') }}

with

variables as (
    {{ published_variables() }}
),

indicators as (
    select * from {{ ref('indicator') }}
),

final as (
    select
        'country' as area_level,
        '00' as area_code,
        'Indonesia' as area_name,
        variables.dataset_id,
        variables.variable_name,
        indicators.indicator_name,
        variables.definition,
        indicators.unit,
        indicators.computation,
        indicators.intended_use,
        '{{ var("reference_date") }}' as reference_period
    from variables
    inner join indicators
        on variables.variable_name = indicators.variable_name
)

select * from final

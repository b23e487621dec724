{{ config(alias='variable_metadata') }}

with

variables as (
    {{ published_variables() }}
),

final as (
    select
        'country' as area_level,
        '00' as area_code,
        'Indonesia' as area_name,
        dataset_id,
        variable_name,
        definition,
        data_type,
        '{{ var("reference_date") }}' as reference_period
    from variables
)

select * from final

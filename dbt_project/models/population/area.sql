{% set levels = {'province': 2, 'regency': 4, 'district': 7, 'village': 10, 'sls': 16} %}

with

areas as (
    select * from {{ ref('stg_area') }} where is_latest and sls_code is not null
),

final as (
    {% for level in levels -%}
    select
        '{{ level }}' as area_level,
        {{ level }}_code as area_code,
        min({{ level }}_name) as area_name
    from areas
    group by {{ level }}_code

    union all

    {% endfor -%}
    select
        'country' as area_level,
        '00' as area_code,
        'Indonesia' as area_name
)

select * from final

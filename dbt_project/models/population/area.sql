{% set levels = {'province': 2, 'regency': 4, 'district': 7, 'village': 10, 'sls': 16} %}

with

areas as (
    select * from {{ ref('work_area') }}
),

final as (
    {% for level in levels -%}
    select
        '{{ level }}' as area_level,
        {{ level }}_code as area_code,
        min(case when {{ is_publishable(level ~ '_name') }} then {{ level }}_name else {{ level }}_code end) as area_name
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

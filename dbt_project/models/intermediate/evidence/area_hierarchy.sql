{% set levels = ['province', 'regency', 'district', 'village', 'sls'] %}

with

areas as (
    select * from {{ ref('work_area') }}
),

-- A unit is as small an area as is known of something; it belongs to itself and to every area around it.
final as (
    {% for unit in levels -%}
    {% set outer_loop = loop -%}
    {% for level in levels[:outer_loop.index] -%}
    select distinct
        {{ unit }}_code as unit_code,
        '{{ level }}' as area_level,
        {{ level }}_code as area_code
    from areas
    {% if not (outer_loop.last and loop.last) %}
    union all

    {% endif -%}
    {% endfor -%}
    {% endfor %}
)

select * from final

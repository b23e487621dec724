{% set levels = {'province': 2, 'regency': 4, 'district': 7, 'village': 10, 'sls': 16} %}

with

areas as (
    select * from {{ ref('work_area') }}
),

-- Some regencies of a province are not the province: their figures would pass for its own.
whole_provinces as (
    select provinces.province_code
    from {{ ref('province') }} as provinces
    inner join areas
        on provinces.province_code = areas.province_code
    group by provinces.province_code, provinces.regencies
    having count(distinct areas.regency_code) >= provinces.regencies
),

final as (
    {% for level in levels -%}
    select
        '{{ level }}' as area_level,
        {{ level }}_code as area_code,
        min(case when {{ is_publishable(level ~ '_name') }} then {{ level }}_name else {{ level }}_code end) as area_name
    from areas
    {%- if level == 'province' %}
    where province_code in (select province_code from whole_provinces)
    {%- endif %}
    group by {{ level }}_code

    union all

    {% endfor -%}
    select
        'country' as area_level,
        '00' as area_code,
        'Indonesia' as area_name
)

select * from final

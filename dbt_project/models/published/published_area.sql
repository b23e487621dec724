{{ config(alias='area') }}

{% set levels = ['province', 'regency', 'district', 'village', 'sls'] %}
{% set names = {
    'province': ['province'],
    'regency': ['regency', 'province'],
    'district': ['district', 'regency'],
    'village': ['village', 'district', 'regency'],
    'sls': ['sls', 'village', 'district', 'regency'],
} %}

with

work_areas as (
    select * from {{ ref('work_area') }}
),

areas as (
    select * from {{ ref('area') }}
),

provinces as (
    select * from {{ ref('province') }}
),

units as (
    select
        unit_code,
        area_level,
        area_code
    from {{ ref('area_hierarchy') }}

    union all

    select
        sls_code as unit_code,
        'country' as area_level,
        '00' as area_code
    from work_areas
),

regencies as (
    select
        province_code as area_code,
        regencies
    from provinces

    union all

    select
        '00' as area_code,
        sum(regencies) as regencies
    from provinces
),

gathered as (
    select
        units.area_level,
        units.area_code,
        {% for level in levels -%}
        min(work_areas.{{ level }}_code) as {{ level }}_code,
        min(case when {{ is_publishable('work_areas.' ~ level ~ '_name') }} then work_areas.{{ level }}_name else work_areas.{{ level }}_code end) as {{ level }}_name,
        {% endfor -%}
        min(work_areas.kemendagri_code) as kemendagri_code,
        case
            when count(work_areas.zone) = 0 then 'unknown'
            when min(work_areas.zone) = max(work_areas.zone) and count(work_areas.zone) = count(*) then min(work_areas.zone)
            else 'several'
        end as zone,
        count(*) as work_area_count,
        count(distinct work_areas.regency_code) as delivered_regency_count,
        case when count(work_areas.target_households) = count(*) then cast(sum(work_areas.target_households) as bigint) end as target_household_count,
        case when count(work_areas.target_people) = count(*) then cast(sum(work_areas.target_people) as bigint) end as target_person_count,
        case when count(work_areas.surface_km2) = count(*) then cast(sum(work_areas.surface_km2) as numeric(18, 9)) end as surface_km2
    from units
    inner join work_areas
        on units.unit_code = work_areas.sls_code
    group by units.area_level, units.area_code
),

named as (
    select
        gathered.*,
        areas.area_name,
        case gathered.area_level
            {%- for level, parts in names.items() %}
            when '{{ level }}' then gathered.{{ parts | join("_name || ', ' || gathered.") }}_name
            {%- endfor %}
            else areas.area_name
        end as whole_name,
        cast(coalesce(regencies.regencies, 1) as bigint) as regency_count,
        gathered.delivered_regency_count >= coalesce(regencies.regencies, 1) as is_whole
    from gathered
    inner join areas
        on gathered.area_level = areas.area_level
        and gathered.area_code = areas.area_code
    left join regencies
        on gathered.area_code = regencies.area_code
),

final as (
    select
        area_level,
        area_code,
        area_name,
        case when {{ is_publishable('whole_name') }} then whole_name else area_name end as area_label,
        {% for level in levels[:-1] -%}
        case when area_level in ('{{ levels[loop.index0:] | join("', '") }}') then {{ level }}_code end as {{ level }}_code,
        case when area_level in ('{{ levels[loop.index0:] | join("', '") }}') then {{ level }}_name end as {{ level }},
        {% endfor -%}
        case when area_level in ('village', 'sls') then kemendagri_code end as kemendagri_code,
        zone,
        work_area_count,
        case when is_whole then target_household_count end as target_household_count,
        case when not is_whole then 'not_delivered' when target_household_count is null then 'no_target' else 'shown' end as target_household_count_status,
        case when is_whole then target_person_count end as target_person_count,
        case when not is_whole then 'not_delivered' when target_person_count is null then 'no_target' else 'shown' end as target_person_count_status,
        case when is_whole then surface_km2 end as surface_km2,
        case when not is_whole then 'not_delivered' when surface_km2 is null then 'not_delivered' else 'shown' end as surface_km2_status,
        delivered_regency_count,
        regency_count,
        is_whole
    from named
)

select * from final

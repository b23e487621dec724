{% set ages = ['young', 'working_age', 'old'] %}

with

single_ages as (
    select
        *,
        {{ broad_age_group('age') }} as broad_age_group
    from {{ ref('person_count_by_age') }}
),

households as (
    select
        coalesce(sls_code, area_code) as unit_code,
        count(*) as household_count,
        sum(perturbation_key) as household_cell_key
    from {{ ref('household') }}
    group by 1
),

work_areas as (
    select * from {{ ref('work_area') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

household_totals as (
    {{ totals_by_area('households', [], ['household_count', 'household_cell_key']) }}
),

-- Part of a surface would make any density look too high.
surfaces as (
    select
        units.area_level,
        units.area_code,
        case when count(*) = count(work_areas.surface_km2) then sum(work_areas.surface_km2) end as surface_km2
    from work_areas
    inner join units
        on work_areas.sls_code = units.unit_code
    group by units.area_level, units.area_code
),

counted as (
    select
        area_level,
        area_code,
        area_name,
        {% for part in ['count', 'cell_key'] -%}
        cast(sum(person_{{ part }}) as bigint) as person_{{ part }},
        {% for sex in ['male', 'female'] -%}
        cast(coalesce(sum(case when sex = '{{ sex }}' then person_{{ part }} end), 0) as bigint) as {{ sex }}_person_{{ part }},
        {% endfor -%}
        {% for age in ages -%}
        cast(coalesce(sum(case when broad_age_group = '{{ age }}' then person_{{ part }} end), 0) as bigint) as {{ age }}_person_{{ part }}
        {{- "," if not loop.last }}
        {% endfor -%}
        {{ "," if not loop.last }}
        {% endfor %}
    from single_ages
    group by area_level, area_code, area_name
),

final as (
    select
        counted.*,
        household_totals.household_count,
        household_totals.household_cell_key,
        surfaces.surface_km2
    from counted
    left join household_totals
        on counted.area_level = household_totals.area_level
        and counted.area_code = household_totals.area_code
    left join surfaces
        on counted.area_level = surfaces.area_level
        and counted.area_code = surfaces.area_code
)

select * from final

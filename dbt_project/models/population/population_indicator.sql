{% set parts = ['young', 'working_age', 'old'] %}

with

ages as (
    select
        *,
        {{ broad_age_group('age') }} as broad_age_group
    from {{ ref('person_count_by_age') }}
),

households as (
    select
        coalesce(sls_code, area_code) as unit_code,
        count(*) as household_count
    from {{ ref('household') }}
    group by 1
),

work_areas as (
    select * from {{ ref('stg_area') }} where is_latest
),

units as (
    select * from {{ ref('area_unit') }}
),

household_totals as (
    {{ totals_by_area('households', [], ['household_count']) }}
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

cells as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        broad_age_group,
        sum(person_count) as person_count
    from ages
    group by area_level, area_code, area_name, sex, broad_age_group
),

counted as (
    select
        area_level,
        area_code,
        area_name,
        cast(sum(person_count) as bigint) as person_count,
        {% for sex in ['male', 'female'] -%}
        cast(coalesce(sum(case when sex = '{{ sex }}' then person_count end), 0) as bigint) as {{ sex }}_person_count,
        {% endfor -%}
        {% for part in parts -%}
        cast(coalesce(sum(case when broad_age_group = '{{ part }}' then person_count end), 0) as bigint) as {{ part }}_person_count,
        {% endfor -%}
        cast(sum(case when sex not in ('male', 'female') then person_count end) as bigint) as unknown_sex_count,
        cast(min(person_count) as bigint) as smallest_age_count
    from cells
    group by area_level, area_code, area_name
),

final as (
    select
        counted.area_level,
        counted.area_code,
        counted.area_name,
        counted.person_count,
        counted.male_person_count,
        counted.female_person_count,
        counted.young_person_count,
        counted.working_age_person_count,
        counted.old_person_count,
        household_totals.household_count,
        {{ percent('counted.male_person_count', 'counted.female_person_count') }} as sex_ratio,
        {% for part in parts -%}
        {{ percent('counted.' ~ part ~ '_person_count', '(counted.young_person_count + counted.working_age_person_count + counted.old_person_count)') }} as {{ part }}_person_percent,
        {% endfor -%}
        {{ percent('counted.young_person_count', 'counted.working_age_person_count') }} as young_dependency_ratio,
        {{ percent('counted.old_person_count', 'counted.working_age_person_count') }} as old_dependency_ratio,
        {{ percent('(counted.young_person_count + counted.old_person_count)', 'counted.working_age_person_count') }} as total_dependency_ratio,
        cast(round(1.0 * counted.person_count / nullif(household_totals.household_count, 0), 2) as numeric(9, 2)) as average_household_size,
        cast(round(counted.person_count / nullif(surfaces.surface_km2, 0), 2) as numeric(12, 2)) as population_density,
        least(
            nullif(counted.male_person_count, 0), nullif(counted.female_person_count, 0), counted.unknown_sex_count
        ) as smallest_sex_count,
        counted.smallest_age_count
    from counted
    left join household_totals
        on counted.area_level = household_totals.area_level
        and counted.area_code = household_totals.area_code
    left join surfaces
        on counted.area_level = surfaces.area_level
        and counted.area_code = surfaces.area_code
)

select * from final

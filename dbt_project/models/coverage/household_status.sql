with

measures as (
    select * from {{ ref('area_measure') }}
),

units as (
    select * from {{ ref('area_unit') }}
),

areas as (
    select * from {{ ref('area') }}
),

totals as (
    select
        units.area_level,
        units.area_code,
        {{ target_count('target_household') }} as target_household_count,
        {{ measure_count('responded_household') }} as responded_household_count,
        {{ measure_count('clean_household') }} as clean_household_count,
        {{ measure_count('verified_household') }} as verified_household_count
    from units
    left join measures
        on units.unit_code = measures.unit_code
    group by units.area_level, units.area_code
),

final as (
    select
        totals.area_level,
        totals.area_code,
        areas.area_name,
        totals.target_household_count,
        totals.responded_household_count,
        totals.clean_household_count,
        totals.verified_household_count,
        {{ percent('totals.responded_household_count', 'totals.target_household_count') }} as responded_household_percent,
        {{ percent('totals.clean_household_count', 'totals.target_household_count') }} as clean_household_percent,
        {{ percent('totals.verified_household_count', 'totals.target_household_count') }} as verified_household_percent
    from totals
    inner join areas
        on totals.area_level = areas.area_level
        and totals.area_code = areas.area_code
)

select * from final

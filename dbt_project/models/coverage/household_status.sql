with

measures as (
    select * from {{ ref('area_measure') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

areas as (
    select * from {{ ref('area') }}
),

totals as (
    select
        units.area_level,
        units.area_code,
        {% for measure in ['responded_household', 'clean_household', 'verified_household'] -%}
        {{ measure_count(measure) }},
        {% endfor -%}
        {{ target_count('target_household') }} as target_household_count
    from units
    left join measures
        on units.unit_code = measures.unit_code
    group by units.area_level, units.area_code
),

final as (
    select
        totals.*,
        areas.area_name
    from totals
    inner join areas
        on totals.area_level = areas.area_level
        and totals.area_code = areas.area_code
)

select * from final

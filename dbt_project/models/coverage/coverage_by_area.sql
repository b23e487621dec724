{% set measures = [
    'responded_household',
    'clean_household',
    'responded_person',
    'verified_person',
    'found_person',
    'not_found_person',
    'died_person',
    'elsewhere_person',
    'new_person',
    'doubtful_person',
    'checked_household',
    'checked_person',
    'interviewed_household',
    'refused_household',
    'not_met_household',
    'interviewed_person',
    'counted_household',
    'confirmed_person',
    'provisional_person',
    'counted_person',
    'unresolved_person',
    'known_person',
    'settled_person',
    'late_record',
] %}

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
        {% for measure in measures -%}
        {{ measure_count(measure) }},
        {% endfor -%}
        {{ target_count('target_household') }} as target_household_count,
        {{ target_count('target_person') }} as target_person_count
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

with

measures as (
    select * from {{ ref('area_measure') }} where event_date is not null
),

units as (
    select * from {{ ref('area_unit') }} where area_level in ('regency', 'district', 'village')
),

areas as (
    select * from {{ ref('area') }}
),

final as (
    select
        units.area_level,
        units.area_code,
        min(areas.area_name) as area_name,
        measures.event_date,
        {{ measure_count('responded_household') }} as responded_household_count,
        {{ measure_count('responded_person') }} as responded_person_count,
        {{ measure_count('clean_household') }} as clean_household_count,
        {{ measure_count('verified_person') }} as verified_person_count,
        {{ measure_count('verified_household') }} as verified_household_count,
        {{ measure_count('interviewed_household') }} as interviewed_household_count,
        {{ measure_count('interviewed_person') }} as interviewed_person_count
    from measures
    inner join units
        on measures.unit_code = units.unit_code
    inner join areas
        on units.area_level = areas.area_level
        and units.area_code = areas.area_code
    group by units.area_level, units.area_code, measures.event_date
)

select * from final

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
        {{ target_count('target_person') }} as target_person_count,
        {{ measure_count('responded_household') }} as responded_household_count,
        {{ measure_count('clean_household') }} as clean_household_count,
        {{ measure_count('responded_person') }} as responded_person_count,
        {{ measure_count('verified_person') }} as verified_person_count,
        {{ measure_count('found_person') }} as found_person_count,
        {{ measure_count('not_found_person') }} as not_found_person_count,
        {{ measure_count('died_person') }} as died_person_count,
        {{ measure_count('elsewhere_person') }} as elsewhere_person_count,
        {{ measure_count('new_person') }} as new_person_count,
        {{ measure_count('doubtful_person') }} as doubtful_person_count,
        {{ measure_count('checked_household') }} as checked_household_count,
        {{ measure_count('checked_person') }} as checked_person_count,
        {{ measure_count('interviewed_household') }} as interviewed_household_count,
        {{ measure_count('refused_household') }} as refused_household_count,
        {{ measure_count('not_met_household') }} as not_met_household_count,
        {{ measure_count('interviewed_person') }} as interviewed_person_count,
        {{ measure_count('counted_household') }} as counted_household_count,
        {{ measure_count('confirmed_person') }} as confirmed_person_count,
        {{ measure_count('provisional_person') }} as provisional_person_count,
        {{ measure_count('unresolved_person') }} as unresolved_person_count,
        {{ measure_count('late_record') }} as late_record_count
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
        totals.target_person_count,
        totals.responded_household_count,
        totals.clean_household_count,
        totals.responded_person_count,
        totals.verified_person_count,
        totals.found_person_count,
        totals.not_found_person_count,
        totals.died_person_count,
        totals.elsewhere_person_count,
        totals.new_person_count,
        totals.doubtful_person_count,
        totals.checked_household_count,
        totals.checked_person_count,
        {{ remaining('totals.target_household_count', 'totals.checked_household_count') }} as remaining_household_count,
        {{ remaining('totals.target_person_count', 'totals.checked_person_count') }} as remaining_person_count,
        totals.interviewed_household_count,
        totals.refused_household_count,
        totals.not_met_household_count,
        totals.interviewed_person_count,
        totals.counted_household_count,
        totals.confirmed_person_count,
        totals.provisional_person_count,
        totals.confirmed_person_count + totals.provisional_person_count as counted_person_count,
        totals.unresolved_person_count,
        totals.late_record_count,
        {{ percent('totals.responded_household_count', 'totals.target_household_count') }} as responded_household_percent,
        {{ percent('totals.clean_household_count', 'totals.target_household_count') }} as clean_household_percent,
        {{ percent('totals.checked_household_count', 'totals.target_household_count') }} as checked_household_percent,
        {{ percent('totals.counted_household_count', 'totals.target_household_count') }} as counted_household_percent,
        {{ percent('(totals.confirmed_person_count + totals.provisional_person_count)', 'totals.target_person_count') }} as counted_person_percent
    from totals
    inner join areas
        on totals.area_level = areas.area_level
        and totals.area_code = areas.area_code
)

select * from final

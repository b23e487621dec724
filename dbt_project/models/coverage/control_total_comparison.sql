{% set indicators = {
    'counted_person': 'people',
    'counted_household': 'households',
    'responded_person': 'online_people',
    'responded_household': 'online_households',
} %}

with

delivered as (
    {{ placed_records('stg_control_total', 'bps_code') }}
    where records.is_latest and records.bps_code is not null and records.indicator is not null and records.value is not null
),

areas as (
    select * from {{ ref('area') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

measures as (
    select * from {{ ref('area_measure') }}
),

persons as (
    {{ counted_people() }}
),

named as (
    select
        file_id,
        record_no,
        bps_code,
        current_code,
        indicator,
        case when {{ is_publishable('source') }} then source else 'not shown' end as source,
        reference_date,
        value
    from delivered
),

-- A figure that is delivered twice, with another value even, is one: the last record stands.
versions as (
    select
        *,
        row_number() over (partition by bps_code, indicator, source, reference_date order by file_id desc, record_no desc) as choice
    from named
),

-- Areas that were merged since have their figures together.
controls as (
    select
        current_code as area_code,
        indicator,
        source,
        reference_date,
        cast(sum(value) as bigint) as value
    from versions
    where choice = 1
    group by current_code, indicator, source, reference_date
),

counted as (
    select
        unit_code,
        case measure {%- for measure, indicator in indicators.items() %} when '{{ measure }}' then '{{ indicator }}' {%- endfor %} end as indicator,
        value,
        cell_key
    from measures
    where measure in ('{{ indicators | join("', '") }}')

    union all

    select
        unit_code,
        case sex when 'male' then 'men' else 'women' end as indicator,
        count(*) as value,
        sum(perturbation_key) as cell_key
    from persons
    where sex in ('male', 'female')
    group by unit_code, sex
),

census as (
    select
        units.area_code,
        counted.indicator,
        cast(sum(counted.value) as bigint) as census_count,
        cast(sum(counted.cell_key) as bigint) as census_cell_key
    from counted
    inner join units
        on counted.unit_code = units.unit_code
    group by units.area_code, counted.indicator
),

census_areas as (
    select distinct area_code from units
),

compared as (
    select
        case length(controls.area_code)
            when 4 then 'regency'
            when 7 then 'district'
            when 10 then 'village'
            when 16 then 'sls'
            else case controls.area_code when '00' then 'country' else 'province' end
        end as area_level,
        controls.area_code,
        areas.area_name,
        controls.indicator,
        controls.source,
        controls.reference_date,
        controls.value as control_count,
        -- No figure of ours stands beside an area that the area table does not hold; in one that it does, nobody is 0.
        case when census_areas.area_code is not null then coalesce(census.census_count, 0) end as census_count,
        case when census_areas.area_code is not null then coalesce(census.census_cell_key, 0) end as census_cell_key,
        min(controls.value) over (partition by controls.area_code, controls.indicator, controls.reference_date) as lowest_control_count,
        max(controls.value) over (partition by controls.area_code, controls.indicator, controls.reference_date) as highest_control_count
    from controls
    left join areas
        on controls.area_code = areas.area_code
    left join census_areas
        on controls.area_code = census_areas.area_code
    left join census
        on controls.area_code = census.area_code
        and controls.indicator = census.indicator
    where areas.area_code is not null or length(controls.area_code) <> 2
),

final as (
    select
        area_level,
        area_code,
        area_name,
        indicator,
        source,
        reference_date,
        control_count,
        census_count,
        census_cell_key,
        lowest_control_count,
        highest_control_count,
        lowest_control_count < highest_control_count as is_disputed
    from compared
)

select * from final

{% set daily = [
    'responded_household',
    'responded_person',
    'clean_household',
    'verified_person',
    'verified_household',
    'found_person',
    'not_found_person',
    'died_person',
    'elsewhere_person',
    'new_person',
    'doubtful_person',
    'checked_household',
    'interviewed_household',
    'interviewed_person',
    'refused_household',
    'not_met_household',
    'late_record',
] %}

{% set reached = ['responded_household', 'clean_household', 'checked_household'] %}

with

measures as (
    select * from {{ ref('area_measure') }}
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

areas as (
    select * from {{ ref('area') }} where area_level <> 'sls'
),

targets as (
    {{ household_targets() }}
),

phases as (
    select * from {{ ref('phase_calendar') }}
),

as_of as (
    select * from {{ ref('as_of') }}
),

spans as (
    select
        phases.regency_code,
        phases.start_date,
        case when as_of.as_of < phases.end_date then as_of.as_of else phases.end_date end as last_date
    from phases
    cross join as_of
    where phases.phase <> 'registry' and phases.start_date <= as_of.as_of
),

phase_days as (
    select
        regency_code,
        {{ each_day('start_date', 'last_date') }} as event_date
    from spans
),

-- Days of a phase without any record.
empty_days as (
    select
        areas.area_level,
        areas.area_code,
        phase_days.event_date,
        {% for measure in daily -%}
        0 as {{ measure }}_count,
        0 as {{ measure }}_cell_key{{ "," if not loop.last }}
        {% endfor %}
    from areas
    inner join phase_days
        on phase_days.regency_code = case when areas.area_level in ('country', 'province') then '00' else substr(areas.area_code, 1, 4) end
),

recorded_days as (
    select
        units.area_level,
        units.area_code,
        measures.event_date,
        {% for measure in daily -%}
        {{ measure_count(measure) }}
        {{- "," if not loop.last }}
        {% endfor %}
    from measures
    inner join units
        on measures.unit_code = units.unit_code
    where measures.event_date is not null and units.area_level <> 'sls'
    group by units.area_level, units.area_code, measures.event_date
),

days as (
    select * from recorded_days

    union all

    select * from empty_days
    where not exists (
        select 1
        from recorded_days
        where
            recorded_days.area_level = empty_days.area_level
            and recorded_days.area_code = empty_days.area_code
            and recorded_days.event_date = empty_days.event_date
    )
),

sums as (
    select
        days.*,
        {% for measure in reached -%}
        {% for part in ['count', 'cell_key'] -%}
        cast(
            sum(days.{{ measure }}_{{ part }}) over (
                partition by days.area_level, days.area_code
                order by days.event_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as {{ measure }}_to_date_{{ part }}
        {{- "," if not loop.last }}
        {% endfor -%}
        {{ "," if not loop.last }}
        {% endfor %}
    from days
),

final as (
    select
        sums.*,
        areas.area_name,
        targets.target_household_count
    from sums
    inner join targets
        on sums.area_level = targets.area_level
        and sums.area_code = targets.area_code
    inner join areas
        on sums.area_level = areas.area_level
        and sums.area_code = areas.area_code
)

select * from final

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
    select * from {{ ref('area') }}
),

targets as (
    {{ household_targets() }}
),

days as (
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
    where measures.event_date is not null
    group by units.area_level, units.area_code, measures.event_date
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

{# One measure of area_measure: rows of a relation and the sum of their cell keys, by unit and day. `measure` and `day` are SQL. #}
{% macro measured(relation, measure, day='cast(null as date)', condition='true', value='count(*)') -%}
    select
        unit_code,
        {{ day }} as event_date,
        {{ measure }} as measure,
        cast({{ value }} as bigint) as value,
        cast(sum(perturbation_key) as bigint) as cell_key
    from {{ relation }}
    where {{ condition }}
    group by 1, 2, 3
{%- endmacro %}

{# Count and cell key of one measure of area_measure, 0 where there is none. #}
{% macro measure_count(measure) -%}
    {% for column, part in [('value', 'count'), ('cell_key', 'cell_key')] -%}
    cast(coalesce(sum(case when measures.measure = '{{ measure }}' then measures.{{ column }} end), 0) as bigint) as {{ measure }}_{{ part }}
    {{- "," if not loop.last }}
        {% endfor -%}
{%- endmacro %}

{# Sum of a target; null where a work area in it has none: part of a target would make any count look too good. #}
{% macro target_count(measure) -%}
    cast(
            case when sum(case when measures.measure = 'no_{{ measure }}' then 1 else 0 end) = 0
                then sum(case when measures.measure = '{{ measure }}' then measures.value end)
            end as bigint
        )
{%- endmacro %}

{# Households expected in every area, from the CTEs units and measures. #}
{% macro household_targets() -%}
    select
        units.area_level,
        units.area_code,
        {{ target_count('target_household') }} as target_household_count
    from units
    inner join measures
        on units.unit_code = measures.unit_code
    group by units.area_level, units.area_code
{%- endmacro %}

{# Percent with two decimals, null without a base. #}
{% macro percent(part, whole) -%}
    cast(round(100.0 * {{ part }} / nullif({{ whole }}, 0), 2) as numeric(9, 2))
{%- endmacro %}

{# A number of floating point rounded half up: the noise of its last digits decides nothing, on any engine. #}
{% macro rounded(expression, digits) -%}
    round(cast({{ expression }} as numeric(38, 12)), {{ digits }})
{%- endmacro %}

{# What is left of a target: nothing once it is passed, for targets were set before anybody was visited. #}
{% macro remaining(target, reached) -%}
    case when {{ target }} > {{ reached }} then {{ target }} - {{ reached }} when {{ target }} is not null then 0 end
{%- endmacro %}

{# Things a day per thousand of a target, two decimals; null without a target. #}
{% macro daily_rate(count, days, target) -%}
    cast(round(1000.0 * {{ count }} / nullif({{ days }} * {{ target }}, 0), 2) as numeric(9, 2))
{%- endmacro %}

{# Days before and after an activity that are held against each other. #}
{% macro outreach_days() -%}
    {{ return(7) }}
{%- endmacro %}

{# Percent of a whole that the part is in, at most 100: with noise of their own, a part can exceed its whole by a few. #}
{% macro share(part, whole) -%}
    case when {{ part }} > {{ whole }} then cast(100 as numeric(9, 2)) else {{ percent(part, whole) }} end
{%- endmacro %}

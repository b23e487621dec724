{# Sum of one measure of area_measure, 0 where there is none. #}
{% macro measure_count(measure) -%}
    cast(coalesce(sum(case when measures.measure = '{{ measure }}' then measures.value end), 0) as bigint)
{%- endmacro %}

{# Sum of one measure, null where there is none: a target that nobody set is not zero. #}
{% macro target_count(measure) -%}
    cast(sum(case when measures.measure = '{{ measure }}' then measures.value end) as bigint)
{%- endmacro %}

{# Percent with two decimals, null without a base. #}
{% macro percent(part, whole) -%}
    cast(round(100.0 * {{ part }} / nullif({{ whole }}, 0), 2) as numeric(9, 2))
{%- endmacro %}

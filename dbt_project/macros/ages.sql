{# Five-year age group as text: 00-04 … 70-74, 75+, or unknown. #}
{% macro age_group(age) -%}
    case
        when {{ age }} is null then 'unknown'
        when {{ age }} >= 75 then '75+'
        {%- for start in range(0, 75, 5) %}
        when {{ age }} < {{ start + 5 }} then '{{ "%02d-%02d" | format(start, start + 4) }}'
        {%- endfor %}
    end
{%- endmacro %}

{# Broad age group, of which dependency ratios are made: young (0 to 14), working_age (15 to 64), old (from 65), or unknown. #}
{% macro broad_age_group(age) -%}
    case
        when {{ age }} is null then 'unknown'
        when {{ age }} < 15 then 'young'
        when {{ age }} < 65 then 'working_age'
        else 'old'
    end
{%- endmacro %}

{# Age group of a level of school: primary (07-12), lower secondary (13-15), upper secondary (16-18), higher (19-24); null of other ages. #}
{% macro school_age_group(age) -%}
    case
        {%- for first, last in [(7, 12), (13, 15), (16, 18), (19, 24)] %}
        when {{ age }} between {{ first }} and {{ last }} then '{{ "%02d-%02d" | format(first, last) }}'
        {%- endfor %}
    end
{%- endmacro %}

{# The youngest age of a five-year group, null of unknown. #}
{% macro first_age(age_group) -%}
    case when {{ age_group }} <> 'unknown' then cast(substr({{ age_group }}, 1, 2) as integer) end
{%- endmacro %}

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

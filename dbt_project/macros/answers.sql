{# Answers in words that the seed `answer_category` brings to categories. #}
{% macro coded_variables() -%}
    {{ return(['ethnicity', 'language', 'occupation']) }}
{%- endmacro %}

{# An answer as it is compared with a list: capital letters and digits, single blanks; null where nothing is left. #}
{% macro answer_key(answer) -%}
    nullif(upper(trim({{ replace_matches(answer, '[^A-Za-z0-9]+', ' ') }})), '')
{%- endmacro %}

{# Name of a regency as people write a birth place: without what kind of regency it is. #}
{% macro place_key(name) -%}
    {{ replace_matches(answer_key(name), '^(KOTA|KABUPATEN|KAB) ', '') }}
{%- endmacro %}

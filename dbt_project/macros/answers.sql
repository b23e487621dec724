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

{# Characteristics by which people are published. #}
{% macro person_characteristics() -%}
    {{ return([
        'religion', 'marital_status', 'education', 'relationship', 'activity', 'occupation', 'employment_status', 'ethnicity', 'language',
        'citizenship', 'birth_place', 'duration_of_stay',
    ]) }}
{%- endmacro %}

{# Category of a characteristic; without a value why there is none. #}
{% macro category_of(characteristic) -%}
    {%- if characteristic == 'duration_of_stay' -%}
    case
            when months_of_stay < 12 then 'under_1_year'
            when months_of_stay < 60 then '1_to_4_years'
            when months_of_stay < 120 then '5_to_9_years'
            when months_of_stay < 240 then '10_to_19_years'
            when months_of_stay >= 240 then '20_years_and_over'
            else months_of_stay_flag
        end
    {%- else -%}
    coalesce({{ characteristic }}, {{ characteristic }}_flag)
    {%- endif -%}
{%- endmacro %}

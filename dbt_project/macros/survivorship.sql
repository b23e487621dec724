{#
    The surviving value of an attribute: of records that stand, then by the source's rank in the seed `survivorship`, then
    the newest; an aggregate over a person's records. Rank columns are `<attribute>_rank`; a source without one has no say.
#}
{% macro surviving(attribute, type=none) -%}
    {%- set text = 'cast(' ~ attribute ~ ' as ' ~ dbt.type_string() ~ ')' if type else attribute -%}
    {%- set best = "max(case when " ~ attribute ~ " is not null then standing || " ~ attribute ~ "_rank || event_text || " ~ text ~ " end)" -%}
    {%- if type -%}
    cast(substr({{ best }}, 18) as {{ type }})
    {%- else -%}
    substr({{ best }}, 18)
    {%- endif -%}
{%- endmacro %}

{% macro surviving_attributes() -%}
    {{ return([
        'sex', 'birth_date', 'relationship', 'marital_status', 'religion', 'education', 'activity', 'occupation', 'registered_occupation',
        'employment_status', 'ethnicity', 'language', 'citizenship', 'birth_place', 'months_of_stay', 'nik', 'family_card_no',
    ]) }}
{%- endmacro %}

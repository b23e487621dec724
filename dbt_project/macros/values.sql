{# One macro per kind of value. Nothing here can fail on a bad value: it becomes null, and value_issues says so. #}

{% macro present_text(expression, missing) -%}
    case when trim({{ expression }}) not in ('' {%- for code in missing %}, '{{ code | replace("'", "''") }}'{% endfor %}) then trim({{ expression }}) end
{%- endmacro %}

{% macro text_value(column) -%}
    raw_{{ column }}
{%- endmacro %}

{# Codes are compared without regard to case and leading zeros; value_issues reports which were not as listed. #}
{% macro code_value(column, codes) -%}
    case upper(trim(leading '0' from raw_{{ column }}))
        {%- for code, value in codes.items() %}
        when '{{ code.lstrip("0") | upper }}' then '{{ value }}'
        {%- endfor %}
    end
{%- endmacro %}

{% macro integer_value(column) -%}
    case when {{ matches('raw_' ~ column, '^-?[0-9]{1,15}$') }} then cast(raw_{{ column }} as bigint) end
{%- endmacro %}

{# With a decimal point or comma, without signs between thousands. #}
{% macro number_value(column) -%}
    case when {{ matches('raw_' ~ column, '^[0-9]{1,9}([.,][0-9]{1,9})?$') }} then cast(replace(raw_{{ column }}, ',', '.') as numeric(18, 9)) end
{%- endmacro %}

{# Two to sixteen digits. Dots between the parts are left out, lost zeros of a part restored: 33.71.1.7 is 33.71.01.0007. #}
{% macro area_code_value(column) -%}
    {%- set raw = 'raw_' ~ column -%}
    {%- set third, fourth = dbt.split_part(raw, "'.'", 3), dbt.split_part(raw, "'.'", 4) -%}
    case
        when {{ matches(raw, '^[0-9]{1,2}[.][0-9]{1,2}([.][0-9]{1,2}([.][0-9]{1,4})?)?$') }} then
            lpad({{ dbt.split_part(raw, "'.'", 1) }}, 2, '0') || lpad({{ dbt.split_part(raw, "'.'", 2) }}, 2, '0')
            || case when {{ third }} <> '' then lpad({{ third }}, 2, '0') else '' end
            || case when {{ fourth }} <> '' then lpad({{ fourth }}, 4, '0') else '' end
        when {{ matches("replace(" ~ raw ~ ", '.', '')", '^[0-9]{2,16}$') }} then replace({{ raw }}, '.', '')
    end
{%- endmacro %}

{# Number of a neighbourhood unit (RT, RW): three digits, lost zeros restored. #}
{% macro unit_no_value(column) -%}
    case when {{ matches('raw_' ~ column, '^[0-9]{1,3}$') }} then lpad(raw_{{ column }}, 3, '0') else raw_{{ column }} end
{%- endmacro %}

{% macro value_kind(feed, column) -%}
    {%- set meta = column_meta(feed, column) -%}
    {%- if column == 'nik' -%}{{ return('nik') }}
    {%- elif column == 'no_kk' -%}{{ return('family_card') }}
    {%- elif column.startswith('kode_') -%}{{ return('area_code') }}
    {%- elif column in ('no_rt', 'no_rw') -%}{{ return('unit_no') }}
    {%- elif meta.get('codes') -%}{{ return('code') }}
    {%- elif meta.logical_type == 'string' -%}{{ return('text') }}
    {%- else -%}{{ return(meta.logical_type) }}
    {%- endif -%}
{%- endmacro %}

{# The select list that turns `raw_<column>` into typed values under English names. #}
{% macro typed_values(feed, columns) -%}
    {%- if execute -%}
    {%- for column, name in columns.items() -%}
    {%- set kind = value_kind(feed, column) -%}
    {%- if kind == 'nik' -%}{{ nik_value(column) }}
    {%- elif kind == 'family_card' -%}{{ family_card_value(column) }}
    {%- elif kind == 'area_code' -%}{{ area_code_value(column) }}
    {%- elif kind == 'unit_no' -%}{{ unit_no_value(column) }}
    {%- elif kind == 'code' -%}{{ code_value(column, column_meta(feed, column).codes) }}
    {%- elif kind == 'date' -%}{{ date_value(column) }}
    {%- elif kind == 'timestamp' -%}{{ timestamp_value(column) }}
    {%- elif kind == 'integer' -%}{{ integer_value(column) }}
    {%- elif kind == 'number' -%}{{ number_value(column) }}
    {%- else -%}{{ text_value(column) }}
    {%- endif %} as {{ name }}{{ "," if not loop.last }}
        {% endfor -%}
    {%- else -%}
    null as nothing
    {%- endif -%}
{%- endmacro %}

{# One macro per kind of value. Nothing here can fail on a bad value: it becomes null, and value_issues says so. #}

{#
    Characters that nobody sees or that look like another, as (from, to) of `translate`: full-width digits, every kind of blank, dash
    and apostrophe become the plain one; what has no width (soft hyphen, zero-width signs, marks of direction, U+FEFF) goes.
#}
{% macro visible_text(expression) -%}
    {%- set digits = '\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19' -%}
    {%- set blanks = blank_characters() -%}
    {%- set dashes, quotes = '\u2010\u2011\u2012\u2013\u2014\u2212', '\u2018\u2019\u02bc\u00b4\u0060' -%}
    {%- set nothing = '\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff' -%}
    translate({{ expression }}, '{{ digits ~ blanks ~ dashes ~ quotes ~ nothing }}', '0123456789{{ ' ' * blanks | length }}{{ '-' * dashes | length }}{{ "''" * quotes | length }}')
{%- endmacro %}

{% macro blank_characters() -%}
    {{ return('\t\n\r\u000b\u000c\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000') }}
{%- endmacro %}

{# A code or number as it was meant: without what nobody sees, blanks, a spreadsheet's apostrophe or ="…", the `.0` of a float. #}
{% macro cleaned_code(expression, kind) -%}
    {%- set visible = "trim(both '''\"=' from replace(" ~ visible_text(expression) ~ ", ' ', ''))" -%}
    {%- set whole = replace_matches(visible, '^([0-9]+)[.,]0$', '\\1') -%}
    {%- if kind == 'number' -%}{{ visible }}
    {%- elif kind in ('nik', 'family_card') -%}{{ replace_matches(whole, '[.-]', '') }}
    {%- else -%}{{ whole }}
    {%- endif -%}
{%- endmacro %}

{#
    Words for "missing", compared exactly: errors of spreadsheets, and what programs and people write. A name may be Nan, Nil or Na, so
    of these only the spellings of programs count there. What a contract lists as a code is no such word.
#}
{% macro missing_words(column, meta) -%}
    {%- set words = meta.get('missing', []) + ['-', '--', '---', '.', '?', '<NA>', '\\N', '#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#NUM!', '#NULL!', 'NaN', 'NaT', 'nan', 'none', 'None'] -%}
    {%- set spelled = ['N/A', '#N/A', 'NULL', '(NULL)', 'TIDAK ADA', 'TDK ADA', 'BELUM ADA', 'TIDAK DIISI', 'TIDAK DIKETAHUI', 'KOSONG'] -%}
    {%- if not (column.startswith('nama') and meta.classification == 'personal') -%}
        {%- set spelled = spelled + ['NAN', 'NA', 'NAT', 'NONE', 'NIL', 'NIHIL'] -%}
    {%- endif -%}
    {%- set listed = [] -%}
    {%- for word in words -%}{%- do listed.append(word) -%}{%- endfor -%}
    {%- for word in spelled -%}{%- do listed.extend([word, word | lower, word | capitalize, word | title]) -%}{%- endfor -%}
    {{ return(listed | reject('in', meta.get('codes', {})) | unique(case_sensitive=true) | list) }}
{%- endmacro %}

{# The text of a value, null where it is missing. Most codes are plain: one cheap test finds those. #}
{% macro present_text(expression, column, meta, kind) -%}
    {%- set missing -%}
        ('' {%- for word in missing_words(column, meta) %}, {{ text_literal(word) }}{% endfor %})
    {%- endset -%}
    {%- set visible = 'trim(' ~ visible_text(expression) ~ ')' -%}
    {%- if kind in code_kinds() -%}
        {%- set plain = '^([0-9A-Za-z_]+|[0-9]{1,2}([.][0-9]{1,4}){2,3})$' if kind == 'area_code' else '^[0-9A-Za-z_]+$' -%}
        case
            when {{ matches(expression, plain) }} then case when {{ expression }} not in {{ missing }} then {{ expression }} end
            when {{ visible }} not in {{ missing }} then nullif({{ cleaned_code(expression, kind) }}, '')
        end
    {%- elif kind in ('date', 'timestamp') -%}
        case
            when {{ matches(expression, '^[0-9A-Za-z:/.+-]+( [0-9A-Za-z:/.+-]+)*$') }} then case when {{ expression }} not in {{ missing }} then {{ expression }} end
            when {{ visible }} not in {{ missing }} then nullif(trim(both '''"= ' from {{ visible }}), '')
        end
    {%- else -%}
        {%- set ends = "trim(both ' " ~ blank_characters() ~ "\u200b\u200e\u200f\u2060\ufeff' from " ~ expression ~ ")" -%}
        case when {{ ends }} not in {{ missing }} then {{ ends }} end
    {%- endif -%}
{%- endmacro %}

{% macro code_kinds() -%}
    {{ return(('nik', 'family_card', 'area_code', 'unit_no', 'code', 'token', 'integer', 'number')) }}
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

{#
    Two to sixteen digits. Dots between the parts are left out, lost zeros of a part restored: 33.71.1.7 is 33.71.01.0007. One dot
    alone may be that of a number that has lost a zero (11.1 is 11.10 or 11.01): then both parts have to have two digits.
#}
{% macro area_code_value(column) -%}
    {%- set raw = 'raw_' ~ column -%}
    {%- set third, fourth = dbt.split_part(raw, "'.'", 3), dbt.split_part(raw, "'.'", 4) -%}
    case
        when {{ matches(raw, '^[0-9]+[.][0-9]+$') }} then case when {{ matches(raw, '^[0-9]{2}[.][0-9]{2}$') }} then replace({{ raw }}, '.', '') end
        when {{ matches(raw, '^[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{1,2}([.][0-9]{1,4})?$') }} then
            lpad({{ dbt.split_part(raw, "'.'", 1) }}, 2, '0') || lpad({{ dbt.split_part(raw, "'.'", 2) }}, 2, '0')
            || lpad({{ third }}, 2, '0')
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
    {%- elif column.startswith('id_') or column in ('no_dp', 'no_bukti', 'nip') -%}{{ return('token') }}
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

{#
    Whether a text of an export may be shown to the public: short, of plain letters, digits and punctuation, without markup, and
    without a number long enough to be somebody's (eight digits in a row, or twelve in groups).
#}
{% macro is_publishable(text) -%}
    ({{ text }} is null or (
        length({{ text }}) <= 100
        and {{ matches(text, "^[A-Za-z0-9À-ɏ .,:;()/&''\"’–+_@!?%#*=-]*$") }}
        and not {{ matches(text, '[0-9]{8}') }}
        and not {{ matches(text, '([0-9][ ./-]?){12}') }}
    ))
{%- endmacro %}

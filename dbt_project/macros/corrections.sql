{#
    What a correction can change of a record, by the columns that say it: text as delivered, but dates written the ISO way and codes
    mapped, so that another export of the same values changes nothing.
#}
{% macro corrected_values() -%}
    {{ return({
        'number': ['nik'],
        'name': ['nama', 'nama_lengkap', 'nama_kabkota'],
        'sex': ['jk'],
        'birth_date': ['tgl_lhr', 'tgl_lahir'],
        'place': ['kode_sls', 'kode_wilayah', 'kode_kemendagri'],
        'outcome': ['status', 'hasil', 'ada_di_alamat', 'nilai', 'target_kk'],
    }) }}
{%- endmacro %}

{# What is compared of a column's text, which is a column itself: it is looked at in many places. #}
{% macro comparable_value(feed, column, text) -%}
    {%- set kind = value_kind(feed, column) -%}
    {%- if kind == 'date' -%}
    {{ iso_date_text(text) }}
    {%- elif kind == 'code' -%}
    case upper(trim(leading '0' from {{ text }}))
        {%- for code, value in column_meta(feed, column).codes.items() %}
        when '{{ code.lstrip("0") | upper }}' then '{{ value }}'
        {%- endfor %}
    end
    {%- else -%}
    upper({{ text }})
    {%- endif -%}
{%- endmacro %}

{# The records of a feed's files that take part in a correction, from the CTE sides (corrected_file): key and what can change. #}
{% macro records_of_corrections(feed) -%}
    {%- set natural_key = feed_source(feed).config.meta.natural_key -%}
    {%- set own = {} -%}
    {%- for value, columns in corrected_values().items() -%}
    {%- for column in columns if column in feed_source(feed).columns and column not in natural_key and value not in own -%}
    {%- do own.update({value: column}) -%}
    {%- endfor -%}
    {%- endfor -%}
    select
        correction_code,
        is_after,
        {%- for value in corrected_values() %}
        cast({{ comparable_value(feed, own[value], value ~ '_text') if value in own else 'null' }} as {{ dbt.type_string() }}) as {{ value }},
        {%- endfor %}
        record_key
    from (
        select
            sides.correction_code,
            sides.is_after,
            {%- for value, column in own.items() %}
            {{ present_text('records.' ~ column, column, column_meta(feed, column), value_kind(feed, column)) }} as {{ value }}_text,
            {%- endfor %}
            {% for column in natural_key -%}
            coalesce(upper(trim(leading '0' from trim(records.{{ column }}))), '') {{ "|| '|' ||" if not loop.last }}
            {% endfor -%}
            as record_key
        from {{ source('raw', feed) }} as records
        inner join sides
            on records._file_id = sides.file_id
            and sides.feed = '{{ feed }}'
        {{ computed_once() }}
    ) as texts
{%- endmacro %}

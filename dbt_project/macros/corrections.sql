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

{% macro comparable_value(feed, column) -%}
    {%- set meta = column_meta(feed, column) -%}
    {%- set kind = value_kind(feed, column) -%}
    {%- set text = present_text('records.' ~ column, column, meta, kind) -%}
    {%- if kind == 'date' -%}
    {{ iso_date_text(text) }}
    {%- elif kind == 'code' -%}
    case upper(trim(leading '0' from {{ text }}))
        {%- for code, value in meta.codes.items() %}
        when '{{ code.lstrip("0") | upper }}' then '{{ value }}'
        {%- endfor %}
    end
    {%- else -%}
    upper({{ text }})
    {%- endif -%}
{%- endmacro %}

{# The records of a feed's files that take part in a correction, from the CTE sides (corrected_file): key and what can change. #}
{% macro records_of_corrections(feed) -%}
    select
        sides.correction_code,
        sides.is_after,
        {%- for value, columns in corrected_values().items() %}
        {%- set own = columns | select('in', feed_source(feed).columns) | reject('in', feed_source(feed).config.meta.natural_key) | list %}
        cast({{ comparable_value(feed, own[0]) if own else 'null' }} as {{ dbt.type_string() }}) as {{ value }},
        {%- endfor %}
        {% for column in feed_source(feed).config.meta.natural_key -%}
        coalesce(upper(trim(leading '0' from trim(records.{{ column }}))), '') {{ "|| '|' ||" if not loop.last }}
        {% endfor -%}
        as record_key
    from {{ source('raw', feed) }} as records
    inner join sides
        on records._file_id = sides.file_id
        and sides.feed = '{{ feed }}'
{%- endmacro %}

{# A feed's contract as it stands in the generated sources, and the reading of its records. #}

{% macro feed_source(feed) -%}
    {% set found = graph.sources.values() | selectattr('source_name', 'equalto', 'raw') | selectattr('name', 'equalto', feed) | list %}
    {% if not found %}{{ exceptions.raise_compiler_error("no contract for feed '" ~ feed ~ "'") }}{% endif %}
    {{ return(found[0]) }}
{%- endmacro %}

{% macro column_meta(feed, column) -%}
    {% set columns = feed_source(feed).columns %}
    {% if column not in columns %}
        {{ exceptions.raise_compiler_error("the contract of feed '" ~ feed ~ "' has no column '" ~ column ~ "'") }}
    {% endif %}
    {{ return(columns[column].config.meta) }}
{%- endmacro %}

{#
    The records of a feed's loaded files, where the table is there those of files that it does not hold yet. Each column of `columns` (export's name ↦ English name) comes as `raw_<column>`:
    codes and numbers cleaned, words for "missing" as null. `cleaned_values` says which codes and numbers held what is no part of them.
#}
{% macro loaded_records(feed, columns) -%}
    select
        records._file_id as file_id,
        records._record_no as record_no,
        files.area_code,
        files.period,
        files.is_newest_period
        {%- if execute %}
        {%- for column in columns %}
        {%- set meta = column_meta(feed, column) %}
        {%- set kind = value_kind(feed, column) %}
        {%- set text = present_text('records.' ~ column, column, meta, kind) %},
        {{ text }} as raw_{{ column }}
        {%- endfor %},
        {{ cleaned_values(feed, columns) }} as cleaned_values
        {%- endif %}
    from {{ source('raw', feed) }} as records
    inner join {{ ref('loaded_file') }} as files
        on records._file_id = files.file_id
    {%- if model.config.materialized == 'incremental' and is_incremental() %}
    where not exists (select 1 from {{ this }} as known where known.file_id = files.file_id)
    {%- endif %}
{%- endmacro %}

{# For each date and timestamp of `columns` its `raw_<column>_iso`: written the ISO way but not yet checked. #}
{% macro iso_texts(feed, columns) -%}
    {%- for column in columns if execute %}
    {%- set kind = value_kind(feed, column) %}
    {%- if kind == 'date' %},
        {{ iso_date_text('raw_' ~ column) }} as raw_{{ column }}_iso
    {%- elif kind == 'timestamp' %},
        {{ iso_timestamp_text('raw_' ~ column, 'area_code') }} as raw_{{ column }}_iso
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# Natural key as text; leading zeros and case do not count. A record without a full key is its own. #}
{% macro natural_key(feed) -%}
    {%- set parts = [] -%}
    {%- if execute -%}
    {%- for column in feed_source(feed).config.meta.natural_key -%}
        {%- do parts.append("upper(trim(leading '0' from raw_" ~ column ~ "))") -%}
    {%- endfor -%}
    {%- endif -%}
    coalesce({{ parts | join(" || '|' || ") or "''" }}, '#' || file_id || '|' || record_no)
{%- endmacro %}

{# Whether a record is the newest truth: of a snapshot the newest period of its area, of an increment the newest event of its key. #}
{% macro is_latest(feed) -%}
    {%- set meta = feed_source(feed).config.meta if execute else {} -%}
    {%- if meta.kind == 'snapshot' -%}
    is_newest_period
    {%- else -%}
    row_number() over (
        partition by natural_key
        order by
            {% if meta.event_time %}case when {{ event_at(feed) }} is null then 1 else 0 end, {{ event_at(feed) }} desc,{% endif %}
            period desc, file_id desc, record_no desc
    ) = 1
    {%- endif -%}
{%- endmacro %}

{# When a record's event took place: the first time that it states. #}
{% macro event_at(feed) -%}
    {%- set names = english_names(feed) -%}
    coalesce({% for column in feed_source(feed).config.meta.event_time %}{{ names[column] }}{{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}

{#
    The model stg_<feed>: the records of a feed's loaded files, typed, under the English names of its contract. Everything that
    tells one feed from another is meta of the generated sources.
#}
{% macro staged(feed) -%}
{%- set columns = english_names(feed) -%}
with

texts as (
    {{ loaded_records(feed, columns) }}
    {{ computed_once() }}
),

records as (
    select
        *
        {{- iso_texts(feed, columns) }}
    from texts
    {{ computed_once() }}
),

{% if 'nik' in columns -%}
files_with_lost_digits as (
    {{ files_with_lost_digits(feed) }}
),

{% endif -%}
typed as (
    select
        records.*,
        {%- if 'nik' in columns %}
        files_with_lost_digits.has_lost_digits,
        {%- endif %}
        {{ typed_values(feed, columns) }}
    from records
    {%- if 'nik' in columns %}
    left join files_with_lost_digits
        on records.file_id = files_with_lost_digits.file_id
    {%- endif %}
    {{ computed_once() }}
),

keyed as (
    select
        typed.*,
        {{ natural_key(feed) }} as natural_key
    from typed
),

final as (
    select
        file_id,
        record_no,
        area_code,
        period,
        {{ is_latest(feed) }} as is_latest,
        {%- for name in columns.values() %}
        {{ name }},
        {%- endfor %}
        {%- for name, expression in derived_columns(feed).items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        {%- if 'name' in columns.values() and 'birth_date' in columns.values() %}
        substr({{ name_key('name') }}, 1, 100) as name_key,
        {%- endif %}
        natural_key,
        {{ value_issues(feed, columns) }} as value_issues
    from keyed
)

select * from final
{%- endmacro %}

{# Export's name ↦ English name, in the order of the contract; nothing while dbt parses, when sources are not known yet. #}
{% macro english_names(feed) -%}
    {%- set names = {} -%}
    {%- if execute -%}
    {%- for column, described in feed_source(feed).columns.items() if described.config.meta.business_name -%}
        {%- do names.update({column: described.config.meta.business_name}) -%}
    {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}

{# Name ↦ expression of columns that are computed from others of the model. #}
{% macro derived_columns(feed) -%}
    {{ return(feed_source(feed).config.meta.get('derived', {}) if execute else {}) }}
{%- endmacro %}

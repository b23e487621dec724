{# How a table follows its input without being built anew. What has to change is found by comparing the two, never by time. #}

{#
    Strategy of the models stg_<feed>, in the model's transaction: the records of new files come in, versions of the natural keys
    they touch are told apart again, the records of files that no longer stand go out.
#}
{% macro get_incremental_changed_files_sql(arg_dict) -%}
    {%- set table, arrived = arg_dict.target_relation, arg_dict.temp_relation -%}
    {%- set feed = model.name | replace('stg_', '') -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set files = ref('loaded_file') -%}
    insert into {{ table }} ({{ columns }})
    select {{ columns }} from {{ arrived }};

    merge into {{ table }} as records
    using (
        {%- if feed_source(feed).config.meta.kind == 'snapshot' %}
        select
            records.file_id,
            records.record_no,
            files.is_newest_period as is_latest
        from {{ table }} as records
        inner join {{ files }} as files
            on records.file_id = files.file_id
        where records.is_latest <> files.is_newest_period
        {%- else %}
        select
            file_id,
            record_no,
            {{ is_latest(feed) }} as is_latest
        from {{ table }}
        where
            file_id in (select file_id from {{ files }})
            and natural_key in (
                select natural_key from {{ arrived }}
                union all
                select natural_key from {{ table }} where file_id not in (select file_id from {{ files }})
            )
        {%- endif %}
    ) as versions
        on records.file_id = versions.file_id and records.record_no = versions.record_no
    when matched and records.is_latest <> versions.is_latest then update set is_latest = versions.is_latest;

    delete from {{ table }} where file_id not in (select file_id from {{ files }})
{%- endmacro %}

{# Takes the place of dbt's own: a table that other rules built is built anew, whole. #}
{% macro should_full_refresh() -%}
    {%- set asked = config.get('full_refresh') -%}
    {%- if asked is none -%}{%- set asked = flags.FULL_REFRESH -%}{%- endif -%}
    {{ return(asked or model.config.materialized == 'incremental' and run_query(table_comment(this))[0][0] != rules_comment()) }}
{%- endmacro %}

{# Runs in the transaction that builds the table, so that the table never claims rules it was not built by. #}
{% macro remember_rules(relation) -%}
    {% if model.config.materialized == 'incremental' %}comment on table {{ relation }} is '{{ rules_comment() }}'{% endif %}
{%- endmacro %}

{% macro rules_comment() -%}
    {{ return('built by rules ' ~ var('rules')) }}
{%- endmacro %}

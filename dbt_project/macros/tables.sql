{#
    Takes the place of dbt's own, which fills a table with a contract by `insert … select`: PostgreSQL computes that on one processor, a
    `create table … as` on all of them. The contract is compared with the model's columns as before, and each column is cast to its type.
#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_promised = config.get('contract').enforced and not temporary -%}
    {%- if is_promised -%}
    {%- if model.constraints or model.columns.values() | selectattr('constraints') | list -%}
    {{ exceptions.raise_compiler_error(model.name ~ ' has constraints, which a table made by its query cannot have; write them as data tests') }}
    {%- endif -%}
    {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    create {{ 'temporary' if temporary else 'unlogged' if config.get('unlogged', default=false) else '' }} table {{ relation }} as
    {{ of_promised_types(sql) if is_promised else sql }}
{%- endmacro %}

{# The other engines name types their own way, so a contract is not compared there; its types hold all the same. #}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
{%- endmacro %}

{% macro spark__get_assert_columns_equivalent(sql) -%}
{%- endmacro %}

{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    create {{ 'temporary' if temporary else '' }} table {{ relation }} as
    {{ of_promised_types(compiled_code) }}
{%- endmacro %}

{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if temporary -%}
    {{ create_temporary_view(relation, compiled_code) }}
    {%- else -%}
    create table {{ relation }} using parquet as
    {{ of_promised_types(compiled_code) }}
    {%- endif -%}
{%- endmacro %}

{# A query whose columns are cast to the types that the model's .yml gives them; the query itself where it gives none. #}
{% macro of_promised_types(query) -%}
    {%- set columns = model.columns.values() | selectattr('data_type') | list -%}
    {%- if columns -%}
    select
        {%- for column in columns %}
        cast(built.{{ adapter.quote(column.name) }} as {{ type_named(column.data_type) }}) as {{ adapter.quote(column.name) }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        {{ query }}
    ) as built
    {%- else -%}
    {{ query }}
    {%- endif %}
{%- endmacro %}

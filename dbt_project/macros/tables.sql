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
    {%- if is_promised %}
    select
        {%- for name, column in model.columns.items() %}
        cast(built.{{ adapter.quote(name) }} as {{ column.data_type }}) as {{ adapter.quote(name) }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as built
    {%- else %}
    {{ sql }}
    {%- endif %}
{%- endmacro %}

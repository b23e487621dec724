{#
    The tables that an engine without the warehouse's data reads: each entry of the variable `inputs` is a table's name and its
    Parquet file. Runs before the models.
#}
{% macro read_inputs() -%}
    {%- if execute -%}
    {%- for table, file in var('inputs', {}).items() -%}
    {%- do run_query('create schema if not exists ' ~ table.split('.')[0]) -%}
    {%- do run_query(table_of_file(table, file)) -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# The columns of the published tables as rows: dataset_id, variable_name, definition, data_type. Metadata describe data, not themselves. #}
{% macro published_variables() -%}
    {%- set variables = [] -%}
    {%- if execute -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name') -%}
    {%- if node.path.startswith('published/') and not node.alias.endswith('_metadata') -%}
    {%- for column in node.columns.values() -%}
    {%- do variables.append((node.alias, column.name, column.description | trim | replace("'", "''"), column.data_type)) -%}
    {%- endfor -%}
    {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
    {% for dataset, variable, definition, data_type in variables -%}
    select
        '{{ dataset }}' as dataset_id,
        '{{ variable }}' as variable_name,
        '{{ definition }}' as definition,
        '{{ data_type }}' as data_type
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        '' as dataset_id,
        '' as variable_name,
        '' as definition,
        '' as data_type
    {% endfor %}
{%- endmacro %}

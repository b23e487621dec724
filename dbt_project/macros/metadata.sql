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
    {%- if not variables -%}{%- do variables.append(('', '', '', '')) -%}{%- endif -%}
    select *
    from (
        values
        {% for variable in variables -%}
        ('{{ variable | join("', '") }}'){{ "," if not loop.last }}
        {% endfor -%}
    ) as variables (dataset_id, variable_name, definition, data_type)
{%- endmacro %}

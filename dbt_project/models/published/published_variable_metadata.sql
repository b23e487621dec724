{{ config(alias='variable_metadata') }}

{% set variables = [] %}
{% if execute %}
{% for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name') %}
{% if node.path.startswith('published/') and node.name != model.name %}
{% for column in node.columns.values() %}
{% do variables.append((node.alias, column.name, column.description | trim | replace("'", "''"), column.data_type)) %}
{% endfor %}
{% endif %}
{% endfor %}
{% endif %}

with

variables as (
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
),

final as (
    select
        'country' as area_level,
        '00' as area_code,
        'Indonesia' as area_name,
        dataset_id,
        variable_name,
        definition,
        data_type,
        '{{ var("reference_date") }}' as reference_period
    from variables
)

select * from final

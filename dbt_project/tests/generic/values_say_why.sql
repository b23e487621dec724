{#
    Fails where a number or a date is null and its status says that it is shown, where it is there and the status says that it is not,
    and where one is null that has no status.
#}
{% test values_say_why(model) %}
{%- set columns = adapter.get_columns_in_relation(model) if execute else [] -%}
{%- set names = columns | map(attribute='name') | list -%}
with

statuses as (
    select status from {{ ref('value_status') }}
)

select *
from {{ model }}
where false
    {%- for column in columns if not column.is_string() %}
    {%- if column.name ~ '_status' in names %}
    or ({{ column.name }} is null) = ({{ column.name }}_status = 'shown')
    or {{ column.name }}_status not in (select status from statuses)
    {%- else %}
    or {{ column.name }} is null
    {%- endif %}
    {%- endfor %}
{% endtest %}

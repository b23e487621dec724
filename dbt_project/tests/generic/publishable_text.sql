{#
    Fails where a text may not be shown to the public (see is_publishable). All columns of text are looked at but codes, which are numbers
    of their own kind; an area's stands for a name that was withheld.
#}
{% test publishable_text(model) %}
select *
from {{ model }}
where false
    {%- set columns = adapter.get_columns_in_relation(model) if execute else [] %}
    {%- for column in columns if column.is_string() and not column.name.endswith('_code') %}
    or (
        not {{ is_publishable(column.name) }}
        and {{ column.name }} <> area_code
        {%- if column.name ~ '_code' in columns | map(attribute='name') %}
        and {{ column.name }} <> {{ column.name }}_code
        {%- endif %}
    )
    {%- endfor %}
{% endtest %}

{# Fails with each row in which one of `columns` is null: one reading of the model for all of them. #}
{% test never_null(model, columns) %}
select *
from {{ model }}
where
    {{ columns | join(' is null or ') }} is null
{% endtest %}

{# Fails where a total is not the sum of its parts. #}
{% test adds_up(model, total, parts) %}
select *
from {{ model }}
where {{ total }} <> {{ parts | join(' + ') }}
{% endtest %}

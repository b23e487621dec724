{# Fails where a model has not as many rows as the models it puts together. #}
{% test same_row_count(model, others) %}
with

counted as (
    select count(*) as row_count from {{ model }}
),

expected as (
    {% for other in others %}
    select count(*) as row_count from {{ ref(other) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select counted.row_count
from counted
cross join expected
group by counted.row_count
having counted.row_count <> sum(expected.row_count)
{% endtest %}

{# Fails where the sum of `column` over one area level is not the number of rows of another model that meet a condition. #}
{% test same_total(model, column, level, expected_from, expected_condition) %}
with

summed as (
    select coalesce(sum({{ column }}), 0) as total from {{ model }} where area_level = '{{ level }}'
),

expected as (
    select count(*) as total from {{ ref(expected_from) }} where {{ expected_condition }}
)

select summed.total
from summed
cross join expected
where summed.total <> expected.total
{% endtest %}

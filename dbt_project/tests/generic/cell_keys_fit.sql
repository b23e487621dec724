{# Fails where the cell key of a count cannot be the sum of as many numbers of 0 to 255. #}
{% test cell_keys_fit(model, counts) %}
select *
from {{ model }}
where {% for count in counts %}
    ({{ count }} is null) <> ({{ cell_key_of(count) }} is null)
    or {{ cell_key_of(count) }} < 0
    or {{ cell_key_of(count) }} > 255 * {{ count }}
    {{- " or" if not loop.last }}
{% endfor %}
{% endtest %}

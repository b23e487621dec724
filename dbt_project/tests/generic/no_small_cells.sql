{# Fails where a count from 1 to below the disclosure threshold stands in clear. #}
{% test no_small_cells(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}({{ column }} > 0 and {{ column }} < {{ var('disclosure_threshold') }}){{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}

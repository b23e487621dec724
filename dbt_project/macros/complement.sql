{#
    The smallest count of a group, on the row of the second smallest: readers know most totals, so the only withheld cell of a
    group would come out by subtraction. With published_sum, the second smallest goes where the smallest does.
#}
{% macro smallest_beside(count, group, category) -%}
    {%- set window = 'partition by ' ~ group | join(', ') ~ ' order by ' ~ count ~ ', ' ~ category -%}
    case when row_number() over ({{ window }}) = 2 then lag({{ count }}) over ({{ window }}) end
{%- endmacro %}

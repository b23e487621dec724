{# What may leave the warehouse of a count of people or households: nothing of a count from 1 to below the threshold. #}

{% macro is_small(count) -%}
    coalesce({{ count }} > 0 and {{ count }} < {{ var('disclosure_threshold') }}, false)
{%- endmacro %}

{% macro published_count(count) -%}
    case when {{ is_small(count) }} then null else {{ count }} end as {{ count }}
{%- endmacro %}

{# A percentage gives its counts away: it goes where one of them does. #}
{% macro published_percent(percent, counts) -%}
    cast(case when {% for count in counts %}{{ is_small(count) }}{{ " or " if not loop.last }}{% endfor %} then null else {{ percent }} end as numeric(9, 2)) as {{ percent }}
{%- endmacro %}

{#
    A ratio of people that would give a small part away is rounded to one decimal. It goes where even that tells counts to within
    the threshold on either side: where a thousandth of its base is less than twice the threshold.
#}
{% macro published_or_rounded(ratio, part, base) -%}
    cast(
            case
                when not {{ is_small(part) }} then {{ ratio }}
                when {{ base }} >= 2000 * {{ var('disclosure_threshold') }} then round({{ ratio }}, 1)
            end as numeric(9, 2)
        ) as {{ ratio }}
{%- endmacro %}

{% macro is_suppressed(counts) -%}
    ({% for count in counts %}{{ is_small(count) }}{{ '\n            or ' if not loop.last }}{% endfor %}) as is_suppressed
{%- endmacro %}

{# A total whose part is withheld would give it away. #}
{% macro published_sum(total, parts) -%}
    case when {% for part in parts %}{{ is_small(part) }}{{ ' or ' if not loop.last }}{% endfor %} then null else {{ total }} end as {{ total }}
{%- endmacro %}

{# What may leave the warehouse of a perturbed count of people or households: nothing of a count from 1 to below the threshold. #}

{% macro is_small(count) -%}
    coalesce({{ count }} > 0 and {{ count }} < {{ var('disclosure_threshold') }}, false)
{%- endmacro %}

{% macro published_count(count) -%}
    case when {{ is_small(count) }} then null else {{ count }} end as {{ count }}
{%- endmacro %}

{# What is made of counts gives them away: it goes where one of them does. `expression` is made of perturbed counts only. #}
{% macro published_figure(expression, name, counts) -%}
    case when not ({% for count in counts %}{{ is_small(count) }}{{ " or " if not loop.last }}{% endfor %}) then {{ expression }} end as {{ name }}
{%- endmacro %}

{% macro published_rate(expression, name, counts, type='numeric(9, 2)') -%}
    cast(case when not ({% for count in counts %}{{ is_small(count) }}{{ " or " if not loop.last }}{% endfor %}) then {{ expression }} end as {{ type }}) as {{ name }}
{%- endmacro %}

{# Percent of a part of people, both perturbed, or of a target, which is known anyway. #}
{% macro published_percent(part, whole, name) -%}
    {{ published_rate(percent(part, whole), name, [part] if whole.startswith('target_') else [part, whole]) }}
{%- endmacro %}

{% macro is_suppressed(counts) -%}
    ({% for count in counts %}{{ is_small(count) }}{{ '\n            or ' if not loop.last }}{% endfor %}) as is_suppressed
{%- endmacro %}

{# A mart of one count by `keys`, published with its share of a whole: all rows of an area that agree in `whole`. #}
{% macro published_shares(mart, keys, count, whole=[]) -%}
    {%- set columns = ['area_level', 'area_code', 'area_name'] + keys -%}
    {%- set window = 'partition by ' ~ (['area_level', 'area_code'] + whole) | join(', ') -%}
with

mart as (
    select * from {{ mart }}
),

wholes as (
    select
        *,
        sum({{ count }}) over ({{ window }}) as whole_count,
        sum({{ cell_key_of(count) }}) over ({{ window }}) as whole_cell_key
    from mart
),

perturbed as (
    select
        {{ columns | join(',\n        ') }},
        {{ perturbed(count) }},
        {{ perturbed('whole_count') }}
    from wholes
),

final as (
    select
        {{ columns | join(',\n        ') }},
        {{ published_count(count) }},
        {{ published_percent(count, 'whole_count', count[:-6] ~ '_percent') }},
        {{ is_suppressed([count]) }}
    from perturbed
)

select * from final
{%- endmacro %}

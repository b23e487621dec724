{#
    Cell-key perturbation, as the Australian Bureau of Statistics and the ONS do it: every person, household or record has a random
    number of 0 to 255; the numbers of all that a count counts, added up, choose the noise that the count is published with. The same
    people have the same noise in every table and every release. docs/disclosure.md says what that protects.
#}

{# The number of one thing: of `kind`, known by `id`. Drawn by a hash with a secret that is made once and stays. #}
{% macro perturbation_key(kind, id) -%}
    cast(mod({{ hash_number("(select secret from " ~ source('population', 'link_secret') ~ ") || ' " ~ kind ~ " ' || cast(" ~ id ~ " as " ~ dbt.type_string() ~ ")") }}, 256) as bigint)
{%- endmacro %}

{# Name of the column that has the sum of the numbers of what a count counts. #}
{% macro cell_key_of(count) -%}
    {{ return(count[:-6] ~ '_cell_key') }}
{%- endmacro %}

{#
    A count with its noise, under its own name. 0 stays 0 and 1 stays 1, which the threshold then withholds. The variable
    `perturbation` has, by count (the last also for all above it), how many of the 256 numbers bring which noise.
#}
{% macro perturbed(count) -%}
    {%- set table = var('perturbation') -%}
    {%- set last = table.keys() | max -%}
    case
            {%- for people, shares in table.items() %}
            when {{ count }} {{ '>=' if people == last else '=' }} {{ people }} then {{ count }} + case
                {%- set numbers = namespace(below=0) %}
                {%- for noise, share in shares.items() %}
                {%- set numbers.below = numbers.below + share %}
                {{ 'when mod(' ~ cell_key_of(count) ~ ', 256) < ' ~ numbers.below ~ ' then ' ~ noise }}
                {%- endfor %}
            end
            {%- endfor %}
            when {{ count }} < {{ table.keys() | min }} then {{ count }}
        end as {{ count }}
{%- endmacro %}

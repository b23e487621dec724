{# Dual-system estimation: n1 counted rightly, n2 listed by the survey, m in both. docs/coverage.md has the sources. #}

{# Chapman's estimator (1951) of the number of people, a number of floating point. #}
{% macro chapman(n1, n2, m) -%}
    (cast({{ n1 }} + 1 as {{ type_named('double precision') }}) * ({{ n2 }} + 1) / ({{ m }} + 1) - 1)
{%- endmacro %}

{#
    97.5 % point of Student's t: Abramowitz and Stegun (1964) 26.7.5. From 9 degrees of freedom on it is right to three
    decimals.
#}
{% macro student_t_975(degrees) -%}
    {%- set z = 1.959963985 -%}
    {%- set terms = [
        (z ** 3 + z) / 4,
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
    ] -%}
    (cast({{ z }} as {{ type_named('double precision') }})
    {%- for term in terms %} + {{ '%.9f' | format(term) }} / nullif(power(cast({{ degrees }} as {{ type_named('double precision') }}), {{ loop.index }}), 0){% endfor %})
{%- endmacro %}

{# Limits of a share by Wilson (1927), `size` being the effective sample size; they hold where nothing or little was seen. #}
{% macro wilson_limit(share, size, quantile, sign) -%}
    (({{ share }} + {{ quantile }} * {{ quantile }} / (2 * {{ size }}) {{ sign }} {{ quantile }} * sqrt(
        {{ share }} * (1 - {{ share }}) / {{ size }} + {{ quantile }} * {{ quantile }} / (4 * {{ size }} * {{ size }})
    )) / (1 + {{ quantile }} * {{ quantile }} / {{ size }}))
{%- endmacro %}

{# Effective sample size of a share: as many people drawn singly would give its variance; never more than were drawn. #}
{% macro effective_size(share, variance, size) -%}
    case
        when {{ variance }} > 0 and {{ share }} * (1 - {{ share }}) < {{ variance }} * {{ size }}
            then {{ share }} * (1 - {{ share }}) / {{ variance }}
        else {{ size }}
    end
{%- endmacro %}

{# Who is in which sample, as conditions on coverage_sample; of each there are a count and a cell key. #}
{% macro coverage_samples() -%}
    {{ return({
        'e_sample': 'is_enumerated',
        'erroneous': 'is_erroneous',
        'e_sample_only': 'is_enumerated and not is_erroneous and not is_matched',
        'p_sample': 'is_listed',
        'matched': 'is_matched',
        'p_sample_only': 'is_listed and not is_matched',
    }) }}
{%- endmacro %}

{# Indexes of how well ages were told. Each is one aggregate over rows of `age` with `count` people, not rounded. #}

{# People of completed ages `first` to `last`; null where there is none. #}
{% macro people_aged(age, count, first, last) -%}
    nullif(sum(case when {{ age }} between {{ first }} and {{ last }} then {{ count }} end), 0)
{%- endmacro %}

{# Whipple: share of the ages 23 to 62 that end in `digits`, over the share these digits have of all ten, times 100. #}
{% macro whipple_index(age, count, digits=[0, 5]) -%}
    100.0 * {{ 10 // digits | length }} * coalesce(sum(case when {{ age }} between 23 and 62 and mod({{ age }}, 10) in ({{ digits | join(', ') }}) then {{ count }} end), 0)
            / {{ people_aged(age, count, 23, 62) }}
{%- endmacro %}

{# How many of Myers' ten tabulations hold an age: they begin at `first`, `first` + 1 … and end at `last` - 10, `last` - 9 … #}
{% macro myers_weight(age, first, last) -%}
    case
                when {{ age }} between {{ first }} and {{ first + 9 }} then {{ age }} - {{ first - 1 }}
                when {{ age }} between {{ first + 10 }} and {{ last - 10 }} then 10
                when {{ age }} between {{ last - 9 }} and {{ last }} then {{ last }} - {{ age }}
            end
{%- endmacro %}

{# Myers: half the sum of the deviations from 10 percent of the ten terminal digits in the blended population. #}
{% macro myers_blended_index(age, count, first=10, last=89) -%}
    {% set blended = myers_weight(age, first, last) ~ ' * ' ~ count -%}
    (
        {%- for digit in range(10) %}
            {{ '+ ' if not loop.first }}abs(100.0 * coalesce(sum(case when mod({{ age }}, 10) = {{ digit }} then {{ blended }} end), 0) / nullif(sum({{ blended }}), 0) - 10)
        {%- endfor %}
        ) / 2
{%- endmacro %}

{# Mean deviation from 100 of the ratios of five-year groups to the mean of their neighbours; null with an empty group. #}
{% macro age_ratio_score(age, count, first, last) -%}
    (
        {%- for start in range(first, last + 1, 5) %}
            {{ '+ ' if not loop.first }}abs(200.0 * {{ people_aged(age, count, start, start + 4) }} / ({{ people_aged(age, count, start - 5, start - 1) }} + {{ people_aged(age, count, start + 5, start + 9) }}) - 100)
        {%- endfor %}
        ) / {{ range(first, last + 1, 5) | length }}
{%- endmacro %}

{# Mean difference of the men per 100 women between neighbouring five-year groups; null with an empty group. #}
{% macro sex_ratio_score(age, men, women, first, last) -%}
    (
        {%- for start in range(first + 5, last + 1, 5) %}
            {{ '+ ' if not loop.first }}abs(100.0 * {{ people_aged(age, men, start, start + 4) }} / {{ people_aged(age, women, start, start + 4) }} - 100.0 * {{ people_aged(age, men, start - 5, start - 1) }} / {{ people_aged(age, women, start - 5, start - 1) }})
        {%- endfor %}
        ) / {{ range(first + 5, last + 1, 5) | length }}
{%- endmacro %}

{# What chance alone adds to the age-sex accuracy index of a population below a million. #}
{% macro small_population_correction(population) -%}
    case when {{ population }} < 1000000 then 3500.0 / sqrt(nullif({{ population }}, 0)) - 3.5 else 0 end
{%- endmacro %}

{# United Nations: age ratios of the groups from `first` to `last`, sex ratios of these and the group on either side. #}
{% macro un_age_sex_accuracy_index(age, men, women, first=10, last=65) -%}
    3 * {{ sex_ratio_score(age, men, women, first - 5, last + 5) }}
        + {{ age_ratio_score(age, men, first, last) }}
        + {{ age_ratio_score(age, women, first, last) }}
        - ({{ small_population_correction('(coalesce(sum(' ~ men ~ '), 0) + coalesce(sum(' ~ women ~ '), 0))') }})
{%- endmacro %}

{# An index with two decimals, null where it rests on too few people to tell anything. #}
{% macro index_of_enough(index, people) -%}
    cast(case when {{ people }} >= {{ var('age_index_minimum') }} then round({{ index }}, 2) end as numeric(9, 2))
{%- endmacro %}

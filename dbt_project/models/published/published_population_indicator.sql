{{ config(alias='population_indicator') }}

{# What is made of the parts goes where one of them is small; totals stand on their own. #}
{% set sexes = ['male_person_count', 'female_person_count'] %}
{% set ages = ['young_person_count', 'working_age_person_count', 'old_person_count'] %}
{% set age_ratios = [
    'young_person_percent',
    'working_age_person_percent',
    'old_person_percent',
    'young_dependency_ratio',
    'old_dependency_ratio',
    'total_dependency_ratio',
] %}

with

mart as (
    select * from {{ ref('population_indicator') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        {{ published_count('person_count') }},
        {% for count in sexes -%}
        {{ published_sum(count, ['smallest_sex_count']) }},
        {% endfor -%}
        {% for count in ages -%}
        {{ published_sum(count, ['smallest_age_count']) }},
        {% endfor -%}
        {{ published_count('household_count') }},
        {{ published_percent('sex_ratio', ['smallest_sex_count']) }},
        {% for ratio in age_ratios -%}
        {{ published_or_rounded(ratio, 'smallest_age_count', 'working_age_person_count') }},
        {% endfor -%}
        {{ published_percent('average_household_size', ['person_count', 'household_count']) }},
        {{ published_percent('population_density', ['person_count']) }},
        {{ is_suppressed(['person_count', 'smallest_sex_count', 'smallest_age_count', 'household_count']) }}
    from mart
)

select * from final

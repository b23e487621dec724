{{ config(alias='population_indicator') }}

{% set counts = [
    'person_count',
    'male_person_count',
    'female_person_count',
    'young_person_count',
    'working_age_person_count',
    'old_person_count',
    'household_count',
] %}
{% set ages = ['young', 'working_age', 'old'] %}
{% set of_known_age = 'young_person_count + working_age_person_count + old_person_count' %}
{% set dependent = 'young_person_count + old_person_count' %}

with

mart as (
    select * from {{ ref('population_indicator') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        surface_km2,
        {% for count in counts -%}
        {{ perturbed(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

shown as (
    select
        area_level,
        area_code,
        area_name,
        surface_km2,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ is_suppressed(counts) }}
    from perturbed
),

-- A rate of a withheld count is withheld with it: null goes through.
final as (
    select
        area_level,
        area_code,
        area_name,
        {% for count in counts -%}
        {{ count }},
        {% endfor -%}
        {{ percent('male_person_count', 'female_person_count') }} as sex_ratio,
        {% for age in ages -%}
        {{ percent(age ~ '_person_count', '(' ~ of_known_age ~ ')') }} as {{ age }}_person_percent,
        {% endfor -%}
        {{ percent('young_person_count', 'working_age_person_count') }} as young_dependency_ratio,
        {{ percent('old_person_count', 'working_age_person_count') }} as old_dependency_ratio,
        {{ percent('(' ~ dependent ~ ')', 'working_age_person_count') }} as total_dependency_ratio,
        cast(round(1.0 * person_count / nullif(household_count, 0), 2) as numeric(9, 2)) as average_household_size,
        cast(round(person_count / nullif(surface_km2, 0), 2) as numeric(9, 2)) as population_density,
        is_suppressed
    from shown
)

select * from final

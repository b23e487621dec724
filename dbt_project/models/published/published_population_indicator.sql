{{ config(alias='population_indicator') }}

{% set of_known_age = '(young_person_count + working_age_person_count + old_person_count)' %}

with

mart as (
    select * from {{ ref('population_indicator') }}
),

{{ published_rows(
    'mart',
    columns=['surface_km2'],
    counts=[
        'person_count',
        'male_person_count',
        'female_person_count',
        'young_person_count',
        'working_age_person_count',
        'old_person_count',
        'household_count',
    ],
    figures={
        'sex_ratio': percent('male_person_count', 'female_person_count'),
        'young_person_percent': percent('young_person_count', of_known_age),
        'working_age_person_percent': percent('working_age_person_count', of_known_age),
        'old_person_percent': percent('old_person_count', of_known_age),
        'young_dependency_ratio': percent('young_person_count', 'working_age_person_count'),
        'old_dependency_ratio': percent('old_person_count', 'working_age_person_count'),
        'total_dependency_ratio': percent('(young_person_count + old_person_count)', 'working_age_person_count'),
        'average_household_size': 'cast(round(1.0 * person_count / nullif(household_count, 0), 2) as numeric(9, 2))',
        'population_density': 'cast(round(person_count / nullif(surface_km2, 0), 2) as numeric(9, 2))',
    },
    hidden=['surface_km2'],
    missing={'population_density': "'not_delivered'"},
) }}

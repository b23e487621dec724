{{ config(alias='population_by_age_sex') }}

with

mart as (
    select * from {{ ref('population_by_age_sex') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        {{ perturbed('person_count') }}
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        {{ published_count('person_count') }},
        {{ is_suppressed(['person_count']) }}
    from perturbed
)

select * from final

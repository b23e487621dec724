{{ config(alias='population_by_generation') }}

with

mart as (
    select * from {{ ref('population_by_generation') }}
),

wholes as (
    select
        *,
        sum(person_count) over (partition by area_level, area_code, sex) as total_person_count,
        sum(person_cell_key) over (partition by area_level, area_code, sex) as total_person_cell_key
    from mart
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        generation,
        {{ perturbed('person_count') }},
        {{ perturbed('total_person_count') }}
    from wholes
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        generation,
        {{ published_count('person_count') }},
        {{ published_percent('person_count', 'total_person_count', 'person_percent') }},
        {{ is_suppressed(['person_count']) }}
    from perturbed
)

select * from final

{{ config(alias='population_by_characteristic') }}

with

mart as (
    select * from {{ ref('population_by_characteristic') }}
),

wholes as (
    select
        *,
        sum(person_count) over (partition by area_level, area_code, characteristic) as total_person_count,
        sum(person_cell_key) over (partition by area_level, area_code, characteristic) as total_person_cell_key
    from mart
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        characteristic,
        category,
        {{ perturbed('person_count') }},
        {{ perturbed('total_person_count') }}
    from wholes
),

final as (
    select
        area_level,
        area_code,
        area_name,
        characteristic,
        category,
        {{ published_count('person_count') }},
        {{ published_percent('person_count', 'total_person_count', 'person_percent') }},
        {{ is_suppressed(['person_count']) }}
    from perturbed
)

select * from final

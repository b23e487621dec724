{{ config(alias='population_by_characteristic') }}

{% set counts = [
    'person_count',
    'beside_count',
] %}

with

mart as (
    select * from {{ ref('population_by_characteristic') }}
),

compared as (
    select
        mart.*,
        {{ smallest_beside('person_count', ['area_level', 'area_code', 'characteristic'], 'category') }} as beside_count
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        characteristic,
        category,
        {{ published_sum('person_count', counts) }},
        {{ published_percent('person_percent', counts) }},
        {{ is_suppressed(counts) }}
    from compared
)

select * from final

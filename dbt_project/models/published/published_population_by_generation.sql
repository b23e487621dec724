{{ config(alias='population_by_generation') }}

{% set counts = [
    'person_count',
    'beside_count',
] %}

with

mart as (
    select * from {{ ref('population_by_generation') }}
),

compared as (
    select
        mart.*,
        min(person_count) over (partition by area_level, area_code, sex) as smallest_count,
        {{ smallest_beside('person_count', ['area_level', 'area_code', 'sex'], 'generation') }} as beside_count
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        generation,
        {{ published_sum('person_count', counts) }},
        {{ published_percent('person_percent', ['smallest_count']) }},
        {{ is_suppressed(counts) }}
    from compared
)

select * from final

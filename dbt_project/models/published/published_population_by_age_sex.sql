{{ config(alias='population_by_age_sex') }}

{% set counts = [
    'person_count',
    'beside_in_area_count',
    'beside_in_sex_count',
    'beside_in_part_count',
] %}

with

mart as (
    select
        *,
        {{ broad_age_group(first_age('age_group')) }} as broad_age_group
    from {{ ref('population_by_age_sex') }}
),

-- Readers know the people of an area, of a sex, and from population_indicator those of broad age groups.
compared as (
    select
        mart.*,
        {{ smallest_beside('person_count', ['area_level', 'area_code'], 'sex, age_group') }} as beside_in_area_count,
        {{ smallest_beside('person_count', ['area_level', 'area_code', 'sex'], 'age_group') }} as beside_in_sex_count,
        {{ smallest_beside('person_count', ['area_level', 'area_code', 'sex', 'broad_age_group'], 'age_group') }} as beside_in_part_count
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        {{ published_sum('person_count', counts) }},
        {{ is_suppressed(counts) }}
    from compared
)

select * from final

{{ config(alias='population_by_age_sex') }}

{% set counts = [
    'person_count',
] %}

with

mart as (
    select * from {{ ref('population_by_age_sex') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ is_suppressed(counts) }}
    from mart
)

select * from final

{{ config(alias='coverage_daily') }}

{% set counts = [
    'responded_household_count',
    'responded_person_count',
    'clean_household_count',
    'verified_person_count',
    'verified_household_count',
    'interviewed_household_count',
    'interviewed_person_count',
] %}

with

mart as (
    select * from {{ ref('coverage_daily') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        event_date,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ is_suppressed(counts) }}
    from mart
)

select * from final

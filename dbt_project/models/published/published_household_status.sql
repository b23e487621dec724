{{ config(alias='household_status') }}

{% set counts = [
    'responded_household_count',
    'clean_household_count',
    'verified_household_count',
] %}

with

mart as (
    select * from {{ ref('household_status') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ published_percent('responded_household_percent', ['responded_household_count']) }},
        {{ published_percent('clean_household_percent', ['clean_household_count']) }},
        {{ published_percent('verified_household_percent', ['verified_household_count']) }},
        {{ is_suppressed(counts) }}
    from mart
)

select * from final

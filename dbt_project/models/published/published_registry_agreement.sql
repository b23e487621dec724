{{ config(alias='registry_agreement') }}

{% set counts = [
    'registered_person_count',
    'living_where_card_says_count',
    'counted_elsewhere_count',
    'registered_not_counted_count',
    'registered_not_found_count',
    'registered_died_count',
    'registered_moved_count',
    'registered_unresolved_count',
    'counted_not_registered_count',
    'number_differs_count',
    'birth_differs_count',
] %}

with

mart as (
    select * from {{ ref('registry_agreement') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        registry_vintage,
        {% for count in counts -%}
        {{ perturbed(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        registry_vintage,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ published_percent('living_where_card_says_count', 'registered_person_count', 'agreement_percent') }},
        {{ is_suppressed(counts) }}
    from perturbed
)

select * from final

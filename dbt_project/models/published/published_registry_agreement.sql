{{ config(alias='registry_agreement') }}

{% set counts = [
    'counted_not_registered_count',
    'number_differs_count',
    'birth_differs_count',
] %}

{# Registered people fall in two, those who do not live where the card says in two again, and those not counted in four. #}
{% set halves = ['living_where_card_says_count', 'registered_person_count - living_where_card_says_count'] %}
{% set quarters = ['counted_elsewhere_count', 'registered_not_counted_count'] %}
{% set reasons = [
    'registered_not_found_count',
    'registered_died_count',
    'registered_moved_count',
    'registered_unresolved_count',
] %}

with

mart as (
    select * from {{ ref('registry_agreement') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        {{ published_sum('registered_person_count', halves) }},
        {{ published_count('living_where_card_says_count') }},
        {% for quarter in quarters -%}
        {{ published_sum(quarter, quarters) }},
        {% endfor -%}
        {% for reason in reasons -%}
        {{ published_sum(reason, quarters + reasons) }},
        {% endfor -%}
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ published_percent('agreement_percent', halves) }},
        registry_vintage,
        {{ is_suppressed(halves + quarters + reasons + counts) }}
    from mart
)

select * from final

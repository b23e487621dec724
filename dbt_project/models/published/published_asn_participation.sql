{{ config(alias='asn_participation') }}

{% set counts = [
    'civil_servant_count',
    'responded_civil_servant_count',
    'not_responded_civil_servant_count',
    'number_unknown_count',
    'number_missing_count',
    'number_damaged_count',
] %}

with

mart as (
    select * from {{ ref('asn_participation') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        office_name,
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
        office_name,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ published_percent('responded_civil_servant_count', 'civil_servant_count', 'responded_civil_servant_percent') }},
        {{ is_suppressed(counts) }}
    from perturbed
)

select * from final

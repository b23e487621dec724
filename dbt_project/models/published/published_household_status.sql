{{ config(alias='household_status') }}

{% set measures = ['responded_household', 'clean_household', 'verified_household'] %}

with

mart as (
    select * from {{ ref('household_status') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        {% for measure in measures -%}
        {{ perturbed(measure ~ '_count') }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        {% for measure in measures -%}
        {{ published_count(measure ~ '_count') }},
        {{ published_percent(measure ~ '_count', 'target_household_count', measure ~ '_percent') }},
        {% endfor -%}
        {{ is_suppressed(['responded_household_count', 'clean_household_count', 'verified_household_count']) }}
    from perturbed
)

select * from final

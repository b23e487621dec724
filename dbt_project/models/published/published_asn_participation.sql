{{ config(alias='asn_participation') }}

{% set answers = [
    'civil_servant_count',
    'responded_civil_servant_count',
    '(civil_servant_count - responded_civil_servant_count)',
] %}

{# Who did not respond falls in four: with one of them hidden, another would come out by subtraction. #}
{% set silent = [
    'not_responded_civil_servant_count',
    'number_unknown_count',
    'number_missing_count',
    'number_damaged_count',
] %}

with

mart as (
    select * from {{ ref('asn_participation') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        office_name,
        {{ published_count('civil_servant_count') }},
        {{ published_sum('responded_civil_servant_count', answers) }},
        {% for count in silent -%}
        {{ published_sum(count, answers + silent) }},
        {% endfor -%}
        {{ published_percent('responded_civil_servant_percent', answers) }},
        {{ is_suppressed(answers + silent) }}
    from mart
)

select * from final

{{ config(alias='age_quality') }}

{% set indexes = [
    'whipple_index',
    'whipple_0_index',
    'whipple_5_index',
    'myers_blended_index',
    'un_age_sex_accuracy_index',
] %}

with

mart as (
    select * from {{ ref('age_quality') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        {{ indexes | join(',\n        ') }},
        {{ perturbed('person_count') }}
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        -- With two decimals the indexes of small areas would tell single ages that are withheld.
        {% for index in indexes -%}
        cast(round({{ index }}, 1) as numeric(9, 2)) as {{ index }},
        {% endfor -%}
        {{ published_count('person_count') }},
        {{ is_suppressed(['person_count']) }}
    from perturbed
)

select * from final

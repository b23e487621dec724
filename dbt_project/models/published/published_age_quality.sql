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

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        {{ published_sum('person_count', ['smallest_part_count']) }},
        {% for index in indexes -%}
        {{ published_percent(index, ['smallest_part_count']) }},
        {% endfor -%}
        {{ is_suppressed(['smallest_part_count']) }}
    from mart
)

select * from final

{{ config(tags=['of_releases']) }}
{% set columns = {
    'release_id': 'text', 'area_level': 'text', 'area_code': 'text', 'sex': 'text', 'age_group': 'text', 'person_count': 'bigint',
} %}

with

final as (
    {{ current_release('population_by_age_sex', columns) }}
)

select * from final

{{ config(tags=['of_releases'], pre_hook="{{ read_accepted_release() }}") }}
{% set columns = {
    'release_id': 'text', 'area_level': 'text', 'area_code': 'text', 'sex': 'text', 'age_group': 'text', 'person_count': 'bigint',
} %}

with

final as (
    {{ current_release('population_by_age_sex', columns) }}
)

select * from final

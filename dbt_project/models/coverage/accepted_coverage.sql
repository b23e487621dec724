{{ config(tags=['of_releases'], pre_hook="{{ read_accepted_release() }}") }}
{% set columns = {'release_id': 'text', 'area_level': 'text', 'area_code': 'text', 'area_name': 'text', 'is_suppressed': 'boolean'} %}
{% for count in changing_counts() %}{% do columns.update({count ~ '_count': 'bigint'}) %}{% endfor %}

with

final as (
    {{ current_release('coverage_by_area', columns) }}
)

select * from final

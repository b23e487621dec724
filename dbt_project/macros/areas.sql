{# Counted people with the smallest area that is known of each, as `unit_code`. #}
{% macro counted_people() -%}
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('person') }}
    where is_counted
{%- endmacro %}

{#
    Sums of `measures` over the units of each area at which people are published (regency, district, village), by `keys`.
    `counts` is a relation with `unit_code`, the keys and the measures; what has none in an area has no row.
#}
{% macro totals_by_area(counts, keys, measures=['person_count']) -%}
    select
        units.area_level,
        units.area_code,
        areas.area_name,
        {% for key in keys -%}
        counts.{{ key }},
        {% endfor -%}
        {% for measure in measures -%}
        cast(sum(counts.{{ measure }}) as bigint) as {{ measure }}{{ "," if not loop.last }}
        {% endfor -%}
    from {{ counts }} as counts
    inner join {{ ref('area_unit') }} as units
        on counts.unit_code = units.unit_code
    inner join {{ ref('area') }} as areas
        on units.area_level = areas.area_level
        and units.area_code = areas.area_code
    where units.area_level in ('regency', 'district', 'village')
    group by units.area_level, units.area_code, areas.area_name
        {%- for key in keys %}, counts.{{ key }}{% endfor %}
{%- endmacro %}

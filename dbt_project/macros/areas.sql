{# Counted people with the smallest area that is known of each, as `unit_code`. #}
{% macro counted_people(people='person') -%}
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref(people) }}
    where is_counted
{%- endmacro %}

{# The village that a unit is in, itself where it is larger: tables that end at villages have far fewer groups by it. #}
{% macro village_of(unit_code) -%}
    substr({{ unit_code }}, 1, 10)
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
    inner join {{ ref('area_hierarchy') }} as units
        on counts.unit_code = units.unit_code
    inner join {{ ref('area') }} as areas
        on units.area_level = areas.area_level
        and units.area_code = areas.area_code
    where units.area_level in ('regency', 'district', 'village')
    group by units.area_level, units.area_code, areas.area_name
        {%- for key in keys %}, counts.{{ key }}{% endfor %}
{%- endmacro %}

{# The smallest area, of at most `digits`, that holds every code of a group; null where there is none or a code is not known. #}
{% macro common_area(code, digits=16) -%}
    case
            {%- for length in [16, 10, 7, 4, 2] if length <= digits %}
            when count(*) = count({{ code }}) and min(length({{ code }})) >= {{ length }} and min(substr({{ code }}, 1, {{ length }})) = max(substr({{ code }}, 1, {{ length }}))
                then min(substr({{ code }}, 1, {{ length }}))
            {%- endfor %}
        end
{%- endmacro %}

{#
    The records of a model with `unit_code`, the smallest area of the newest edition that the code in `column` surely means (at
    least the area of the delivery), and `current_code`, what the code is in that edition; itself where no one area is its successor.
#}
{% macro placed_records(model, column='sls_code') -%}
    select
        records.*,
        coalesce(case when length(stated.unit_code) >= 4 then stated.unit_code end, delivered.unit_code, records.area_code) as unit_code,
        coalesce(stated.same_level_code, records.{{ column }}) as current_code
    from {{ ref(model) }} as records
    left join {{ ref('stated_area') }} as stated
        on records.{{ column }} = stated.stated_code
    left join {{ ref('stated_area') }} as delivered
        on records.area_code = delivered.stated_code
{%- endmacro %}

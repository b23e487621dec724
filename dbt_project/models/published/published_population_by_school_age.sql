{{ config(alias='population_by_school_age') }}

{% set counts = ['person_count', 'activity_known_person_count', 'studying_person_count'] %}
{% set measures = [] %}
{% for count in counts %}{% do measures.extend([count, cell_key_of(count)]) %}{% endfor %}
{% set keys = ['sex', 'school_age_group'] %}

with

mart as (
    select * from {{ ref('population_by_school_age') }}
),

summed as (
    {{ with_totals('mart', keys, measures, totalled=keys) }}
),

{{ published_rows(
    'summed',
    columns=keys,
    counts=counts,
    figures={'studying_percent': share('studying_person_count', 'activity_known_person_count')},
) }}

{{ config(alias='coverage_by_area') }}

{% set counts = [
    'responded_household_count',
    'clean_household_count',
    'responded_person_count',
    'verified_person_count',
    'found_person_count',
    'not_found_person_count',
    'died_person_count',
    'elsewhere_person_count',
    'new_person_count',
    'doubtful_person_count',
    'checked_household_count',
    'checked_person_count',
    'interviewed_household_count',
    'interviewed_person_count',
    'refused_household_count',
    'not_met_household_count',
    'counted_household_count',
    'provisional_person_count',
    'counted_person_count',
    'unresolved_person_count',
    'late_record_count',
] %}
{% set remaining_of = {'remaining_household_count': ['target_household_count', 'checked_household_count'], 'remaining_person_count': ['target_person_count', 'checked_person_count']} %}

with

mart as (
    select * from {{ ref('coverage_by_area') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        target_person_count,
        {% for count in counts -%}
        {{ perturbed(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

derived as (
    select
        *,
        {% for name, of in remaining_of.items() -%}
        {{ remaining(of[0], of[1]) }} as {{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from perturbed
),

final as (
    select
        area_level,
        area_code,
        area_name,
        target_household_count,
        target_person_count,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {% for name, of in remaining_of.items() -%}
        {{ published_figure(name, name, [name, of[1]]) }},
        {% endfor -%}
        {% for measure in ['responded_household', 'clean_household', 'checked_household', 'counted_household'] -%}
        {{ published_percent(measure ~ '_count', 'target_household_count', measure ~ '_percent') }},
        {% endfor -%}
        {{ published_percent('counted_person_count', 'target_person_count', 'counted_person_percent') }},
        {{ is_suppressed(counts + remaining_of.keys() | list) }}
    from derived
)

select * from final

{{ config(alias='coverage_daily') }}

{% set reached = ['responded_household', 'clean_household', 'checked_household'] %}
{% set counts = [
    'responded_household_count',
    'responded_person_count',
    'clean_household_count',
    'checked_household_count',
    'verified_household_count',
    'verified_person_count',
    'found_person_count',
    'not_found_person_count',
    'died_person_count',
    'elsewhere_person_count',
    'new_person_count',
    'doubtful_person_count',
    'interviewed_household_count',
    'interviewed_person_count',
    'refused_household_count',
    'not_met_household_count',
    'late_record_count',
    'responded_household_to_date_count',
    'clean_household_to_date_count',
    'checked_household_to_date_count',
] %}

with

mart as (
    select * from {{ ref('coverage_daily') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        event_date,
        target_household_count,
        {% for count in counts -%}
        {{ perturbed(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

derived as (
    select
        *,
        {{ remaining('target_household_count', 'checked_household_to_date_count') }} as remaining_household_count
    from perturbed
),

final as (
    select
        area_level,
        area_code,
        area_name,
        event_date,
        target_household_count,
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {% for measure in reached -%}
        {{ published_percent(measure ~ '_to_date_count', 'target_household_count', measure ~ '_percent') }},
        {% endfor -%}
        {{ published_figure('remaining_household_count', 'remaining_household_count', ['remaining_household_count', 'checked_household_to_date_count']) }},
        {{ is_suppressed(counts + ['remaining_household_count']) }}
    from derived
)

select * from final

{{ config(alias='reconciliation') }}

{% set counts = [
    'person_count',
    'counted_person_count',
    'excluded_person_count',
    'unresolved_person_count',
    'published_person_count',
    'withheld_person_count',
    'records_counted_confirmed_count',
    'records_counted_provisional_count',
    'records_excluded_died_count',
    'records_excluded_not_found_count',
    'records_excluded_elsewhere_count',
    'records_excluded_duplicate_count',
    'records_unresolved_count',
] %}
{# What became of files and records is told exactly, for it must add up; what records say of people is not. #}
{% set documents = [
    'files_delivered_count',
    'bytes_delivered_count',
    'files_loaded_count',
    'files_superseded_count',
    'files_duplicate_count',
    'files_refused_count',
    'files_waiting_count',
    'files_late_count',
    'records_read_count',
    'records_rejected_count',
    'records_superseded_count',
    'records_loaded_count',
    'records_late_count',
    'records_not_of_persons_count',
    'records_older_version_count',
] %}

with

mart as (
    select * from {{ ref('reconciliation') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        feed,
        {{ documents | join(',\n        ') }},
        {% for count in counts -%}
        {{ perturbed(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        feed,
        {{ documents | join(',\n        ') }},
        {% for count in counts -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ is_suppressed(counts) }}
    from perturbed
)

select * from final

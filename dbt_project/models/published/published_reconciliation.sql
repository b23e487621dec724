{{ config(alias='reconciliation') }}

{# People fall in three, the counted in two again: where one is too few to show, its neighbours and their total would tell it. #}
{% set outcomes = ['counted_person_count', 'excluded_person_count', 'unresolved_person_count'] %}
{% set counted = ['published_person_count', 'withheld_person_count'] %}

with

mart as (
    select * from {{ ref('reconciliation') }}
),

final as (
    select
        area_level,
        area_code,
        area_name,
        feed,
        files_delivered_count,
        bytes_delivered_count,
        files_loaded_count,
        files_superseded_count,
        files_duplicate_count,
        files_refused_count,
        files_waiting_count,
        files_late_count,
        records_read_count,
        records_rejected_count,
        records_superseded_count,
        records_loaded_count,
        records_late_count,
        records_not_of_persons_count,
        records_older_version_count,
        records_counted_confirmed_count,
        records_counted_provisional_count,
        records_excluded_died_count,
        records_excluded_not_found_count,
        records_excluded_elsewhere_count,
        records_excluded_duplicate_count,
        records_unresolved_count,
        {{ published_sum('person_count', outcomes) }},
        {% for outcome in outcomes -%}
        {{ published_count(outcome) }},
        {% endfor -%}
        {% for part in counted -%}
        {{ published_sum(part, counted) }},
        {% endfor -%}
        {{ is_suppressed(outcomes + counted) }}
    from mart
)

select * from final

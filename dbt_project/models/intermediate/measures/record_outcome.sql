{% set statuses = [
    'counted_confirmed', 'counted_provisional', 'excluded_died', 'excluded_not_found', 'excluded_elsewhere', 'excluded_duplicate',
    'unresolved',
] %}

{% set outcomes_of_people = {
    'person': 'true',
    'counted_person': 'persons.is_counted',
    'excluded_person': "not persons.is_counted and persons.count_status <> 'unresolved'",
    'unresolved_person': "persons.count_status = 'unresolved'",
    'published_person': 'persons.is_counted and shown.sls_code is not null',
    'withheld_person': 'persons.is_counted and shown.sls_code is null',
} %}

with

links as (
    select * from {{ source('population', 'person_record') }}
),

shown as (
    select area_code as sls_code
    from {{ ref('published_coverage_by_area') }}
    where area_level = 'sls' and counted_person_count is not null
),

counted as (
    select
        evidence.feed,
        evidence.area_code,
        evidence.is_latest,
        persons.count_status,
        count(*) as record_count,
        sum(persons.perturbation_key) as cell_key
    from {{ ref('person_evidence') }} as evidence
    left join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    left join {{ ref('person') }} as persons
        on links.person_id = persons.person_id
    group by evidence.feed, evidence.area_code, evidence.is_latest, persons.count_status
),

outcomes as (
    select
        feed,
        area_code,
        sum(case when is_latest then 0 else record_count end) as older_version_count,
        {% for status in statuses -%}
        sum(case when is_latest and count_status = '{{ status }}' then record_count else 0 end) as {{ status }}_count,
        sum(case when is_latest and count_status = '{{ status }}' then cell_key else 0 end) as {{ status }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from counted
    group by feed, area_code
),

-- Each person is decided by one record, whatever else speaks of them: so people add up over feeds as well.
decided as (
    select
        evidence.feed,
        evidence.area_code,
        {% for name, condition in outcomes_of_people.items() -%}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }}_count,
        sum(case when {{ condition }} then persons.perturbation_key else 0 end) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from {{ ref('person') }} as persons
    inner join {{ ref('person_evidence') }} as evidence
        on persons.deciding_feed = evidence.feed
        and persons.deciding_file_id = evidence.file_id
        and persons.deciding_record_no = evidence.record_no
    left join shown
        on persons.sls_code = shown.sls_code
    group by evidence.feed, evidence.area_code
),

final as (
    select
        outcomes.feed,
        outcomes.area_code,
        cast(outcomes.older_version_count as bigint) as records_older_version_count,
        {% for status in statuses -%}
        cast(outcomes.{{ status }}_count as bigint) as records_{{ status }}_count,
        cast(outcomes.{{ status }}_cell_key as bigint) as records_{{ status }}_cell_key,
        {% endfor -%}
        {% for name in outcomes_of_people -%}
        cast(coalesce(decided.{{ name }}_count, 0) as bigint) as {{ name }}_count,
        cast(coalesce(decided.{{ name }}_cell_key, 0) as bigint) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {% endfor %}
    from outcomes
    left join decided
        on outcomes.feed = decided.feed
        and outcomes.area_code = decided.area_code
)

select * from final

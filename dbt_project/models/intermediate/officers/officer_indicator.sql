{# Seconds; after a longer pause the officer was elsewhere. #}
{% set longest_pause = 1800 %}

with

verifications as (
    {{ placed_records('stg_verification') }}
    where records.officer_id is not null and records.verified_at is not null
),

visits as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest and records.officer_id is not null
),

ordered as (
    select
        *,
        row_number() over (partition by natural_key order by verified_at, file_id, record_no) as check_no
    from verifications
),

-- How an officer works shows when a line is checked first; a line that is looked at again comes alone.
first_checks as (
    select
        *,
        lag(verified_at) over (partition by officer_id order by verified_at, natural_key) as previous_at
    from ordered
    where check_no = 1
),

checks as (
    select
        officer_id,
        current_code,
        list_source,
        verification_status in ('present_card_here', 'present_card_elsewhere') as is_present,
        extract(second from verified_at) = 0 and mod(cast(extract(minute from verified_at) as integer), 5) = 0 as is_round_time,
        {{ dbt.datediff('previous_at', 'verified_at', 'second') }} as pause_seconds
    from first_checks
),

work as (
    select
        officer_id,
        current_code
    from checks

    union all

    select
        officer_id,
        current_code
    from visits
),

check_measures as (
    select
        officer_id,
        count(*) as checked_line_count,
        3600.0 / nullif(avg(case when pause_seconds <= {{ longest_pause }} then pause_seconds end), 0) as lines_per_hour,
        100.0 * avg(case when list_source = 'registry' then case when is_present then 1 else 0 end end) as present_percent,
        100.0 * avg(case when list_source = 'new' then 1 else 0 end) as added_percent,
        100.0 * avg(case when is_round_time then 1 else 0 end) as round_time_percent
    from checks
    group by officer_id
),

visit_measures as (
    select
        officer_id,
        count(*) as interview_visit_count,
        percentile_cont(0.5) within group (
            order by case when outcome in ('complete', 'partial') then {{ dbt.datediff('started_at', 'finished_at', 'second') }} end
        ) as duration_median_seconds,
        100.0 * avg(case when outcome in ('refused', 'not_met') then 1 when outcome in ('complete', 'partial') then 0 end) as unanswered_percent
    from visits
    group by officer_id
),

places as (
    select
        officer_id,
        substr(current_code, 1, 7) as district_code,
        count(*) as record_count
    from work
    where current_code is not null
    group by officer_id, substr(current_code, 1, 7)
),

-- An officer belongs to the district where most of the work was.
districts as (
    select
        officer_id,
        district_code,
        row_number() over (partition by officer_id order by record_count desc, district_code) as choice
    from places
),

final as (
    select
        districts.officer_id,
        districts.district_code,
        substr(districts.district_code, 1, 4) as regency_code,
        coalesce(check_measures.checked_line_count, 0) as checked_line_count,
        coalesce(visit_measures.interview_visit_count, 0) as interview_visit_count,
        {% for name in ['lines_per_hour', 'present_percent', 'added_percent', 'round_time_percent'] -%}
        cast(case when check_measures.checked_line_count >= {{ var('officer_minimum_lines') }} then check_measures.{{ name }} end as numeric(38, 20)) as {{ name }},
        {% endfor -%}
        {% for name, type in {'duration_median_seconds': 'double precision', 'unanswered_percent': 'numeric(38, 20)'}.items() -%}
        cast(case when visit_measures.interview_visit_count >= {{ var('officer_minimum_visits') }} then visit_measures.{{ name }} end as {{ type_named(type) }}) as {{ name }}
        {{- "," if not loop.last }}
        {% endfor %}
    from districts
    left join check_measures
        on districts.officer_id = check_measures.officer_id
    left join visit_measures
        on districts.officer_id = visit_measures.officer_id
    where districts.choice = 1
)

select * from final

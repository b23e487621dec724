{# direction: 1 where invented work tends to have more, -1 where less. least_spread: below it a difference is no difference. #}
{% set indicators = {
    'lines_per_hour': {'direction': 1, 'least_spread': 0.15, 'is_ratio': true},
    'duration_median_seconds': {'direction': -1, 'least_spread': 0.15, 'is_ratio': true},
    'present_percent': {'direction': 1, 'least_spread': 2, 'is_ratio': false},
    'added_percent': {'direction': -1, 'least_spread': 1.5, 'is_ratio': false},
    'round_time_percent': {'direction': 1, 'least_spread': 5, 'is_ratio': false},
    'unanswered_percent': {'direction': -1, 'least_spread': 3, 'is_ratio': false},
} %}
{# Seconds; after a longer pause the officer was elsewhere. #}
{% set longest_pause = 1800 %}
{% set most_points = 5 %}
{% set reason_points = 2 %}

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

officers as (
    select
        districts.officer_id,
        districts.district_code,
        substr(districts.district_code, 1, 4) as regency_code,
        coalesce(check_measures.checked_line_count, 0) as checked_line_count,
        coalesce(visit_measures.interview_visit_count, 0) as interview_visit_count,
        {% for name in ['lines_per_hour', 'present_percent', 'added_percent', 'round_time_percent'] -%}
        case when check_measures.checked_line_count >= {{ var('officer_minimum_lines') }} then check_measures.{{ name }} end as {{ name }},
        {% endfor -%}
        {% for name in ['duration_median_seconds', 'unanswered_percent'] -%}
        case when visit_measures.interview_visit_count >= {{ var('officer_minimum_visits') }} then visit_measures.{{ name }} end as {{ name }}
        {{- "," if not loop.last }}
        {% endfor %}
    from districts
    left join check_measures
        on districts.officer_id = check_measures.officer_id
    left join visit_measures
        on districts.officer_id = visit_measures.officer_id
    where districts.choice = 1
),

memberships as (
    select
        officer_id,
        district_code as area_code
    from officers

    union all

    select
        officer_id,
        regency_code as area_code
    from officers
),

enough_peers as (
    select area_code
    from memberships
    group by area_code
    having count(*) >= {{ var('officer_minimum_peers') }}
),

grouped as (
    select
        officers.*,
        case when district_peers.area_code is null then 'regency' else 'district' end as area_level,
        coalesce(district_peers.area_code, officers.regency_code) as area_code,
        coalesce(district_peers.area_code, regency_peers.area_code) as peer_area_code
    from officers
    left join enough_peers as district_peers
        on officers.district_code = district_peers.area_code
    left join enough_peers as regency_peers
        on officers.regency_code = regency_peers.area_code
),

-- Of speeds and durations ratios count, of shares differences.
measures as (
    {% for name, rule in indicators.items() -%}
    select
        officer_id,
        peer_area_code,
        '{{ name }}' as indicator,
        {{ rule.direction }} as direction,
        {{ rule.least_spread }} as least_spread,
        cast({% if rule.is_ratio %}ln(case when {{ name }} > 0 then {{ name }} end){% else %}{{ name }}{% endif %} as double precision) as value
    from grouped
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

medians as (
    select
        memberships.area_code,
        measures.indicator,
        percentile_cont(0.5) within group (order by measures.value) as median_value
    from memberships
    inner join measures
        on memberships.officer_id = measures.officer_id
    group by memberships.area_code, measures.indicator
),

spreads as (
    select
        memberships.area_code,
        measures.indicator,
        percentile_cont(0.5) within group (order by abs(measures.value - medians.median_value)) as median_distance
    from memberships
    inner join measures
        on memberships.officer_id = measures.officer_id
    inner join medians
        on memberships.area_code = medians.area_code
        and measures.indicator = medians.indicator
    group by memberships.area_code, measures.indicator
),

scores as (
    select
        measures.officer_id,
        measures.indicator,
        0.6745 * measures.direction * (measures.value - medians.median_value)
        / greatest(spreads.median_distance, measures.least_spread) as score
    from measures
    left join medians
        on measures.peer_area_code = medians.area_code
        and measures.indicator = medians.indicator
    left join spreads
        on measures.peer_area_code = spreads.area_code
        and measures.indicator = spreads.indicator
),

points as (
    select
        officer_id,
        indicator,
        score,
        least(greatest(score, 0), {{ most_points }}) as points
    from scores
),

totals as (
    select
        officer_id,
        {% for name in indicators -%}
        cast(round(cast(max(case when indicator = '{{ name }}' then score end) as numeric), 2) as numeric(9, 2)) as {{ name }}_score,
        {% endfor -%}
        cast(round(cast(case when count(score) > 0 then sum(points) end as numeric), 2) as numeric(9, 2)) as anomaly_score,
        {{ dbt.listagg("case when points >= " ~ reason_points ~ " then indicator end", "', '", "order by points desc, indicator") }} as anomaly_reasons
    from points
    group by officer_id
),

final as (
    select
        grouped.officer_id,
        grouped.area_level,
        grouped.area_code,
        grouped.checked_line_count,
        grouped.interview_visit_count,
        {% for name in indicators -%}
        cast(round(cast(grouped.{{ name }} as numeric), 2) as numeric(9, 2)) as {{ name }},
        totals.{{ name }}_score,
        {% endfor -%}
        totals.anomaly_score,
        totals.anomaly_reasons,
        coalesce(totals.anomaly_score >= {{ var('officer_signal_score') }}, false) as is_signal
    from grouped
    inner join totals
        on grouped.officer_id = totals.officer_id
)

select * from final

{# direction: 1 where invented work tends to have more, -1 where less. least_spread: below it a difference is no difference. #}
{% set indicators = {
    'lines_per_hour': {'direction': 1, 'least_spread': 0.15, 'is_ratio': true},
    'duration_median_seconds': {'direction': -1, 'least_spread': 0.15, 'is_ratio': true},
    'present_percent': {'direction': 1, 'least_spread': 2, 'is_ratio': false},
    'added_percent': {'direction': -1, 'least_spread': 1.5, 'is_ratio': false},
    'round_time_percent': {'direction': 1, 'least_spread': 5, 'is_ratio': false},
    'unanswered_percent': {'direction': -1, 'least_spread': 3, 'is_ratio': false},
} %}
{% set most_points = 5 %}
{% set reason_points = 2 %}

with

officers as (
    select * from {{ ref('officer_indicator') }}
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
        cast({% if rule.is_ratio %}ln(case when {{ name }} > 0 then {{ name }} end){% else %}{{ name }}{% endif %} as {{ type_named('double precision') }}) as value
    from grouped
    {{ "union all" if not loop.last }}
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
        cast({{ rounded("max(case when indicator = '" ~ name ~ "' then score end)", 2) }} as numeric(9, 2)) as {{ name }}_score,
        {% endfor -%}
        cast({{ rounded('case when count(score) > 0 then sum(points) end', 2) }} as numeric(9, 2)) as anomaly_score,
        nullif({{ dbt.listagg("case when points >= " ~ reason_points ~ " then indicator end", "', '", "order by points desc, indicator") }}, '') as anomaly_reasons
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
        cast({{ rounded('grouped.' ~ name, 2) }} as numeric(9, 2)) as {{ name }},
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

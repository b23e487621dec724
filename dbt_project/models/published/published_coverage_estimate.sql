{{ config(alias='coverage_estimate') }}

{% set sample_counts = [
    'e_sample_count',
    'erroneous_count',
    'e_sample_only_count',
    'p_sample_count',
    'matched_count',
    'p_sample_only_count',
] %}
{% set estimates = ['estimated_person_count', 'estimate_lower_count', 'estimate_upper_count'] %}
{% for threshold in var('coverage_link_thresholds') %}{% do estimates.append('estimated_at_' ~ threshold ~ '_person_count') %}{% endfor %}
{% set percents = ['estimate_standard_error', 'net_error_percent', 'omission_percent', 'erroneous_percent'] %}

with

-- An estimate and its net error give the count of its stratum away: where that is withheld they go with it.
mart as (
    select
        *,
        {{ smallest_beside('counted_person_count', ['area_level', 'area_code', "case when sex = 'total' then 1 else 0 end"], 'sex, age_group') }} as beside_count
    from {{ ref('coverage_estimate') }}
),

-- What the survey saw is told of whole areas only: the strata of a sample are small, and they add up.
areas as (
    select
        area_level,
        area_code,
        {% for count in sample_counts -%}
        {{ published_sum(count, sample_counts) }}{{ ',' if not loop.last }}
        {% endfor -%}
    from mart
    where sex = 'total'
),

final as (
    select
        mart.area_level,
        mart.area_code,
        mart.area_name,
        mart.sex,
        mart.age_group,
        mart.work_area_count,
        mart.sampled_work_area_count,
        {{ published_sum('counted_person_count', ['counted_person_count', 'beside_count']) }},
        {% for count in sample_counts -%}
        areas.{{ count }},
        {% endfor -%}
        {% for estimate in estimates -%}
        {{ published_sum(estimate, ['counted_person_count', 'beside_count', estimate]) }},
        {% endfor -%}
        {% for percent in percents -%}
        {{ published_percent(percent, ['counted_person_count', 'beside_count']) }},
        {% endfor -%}
        mart.refused_reason,
        ({{ is_small('mart.counted_person_count') }} or {{ is_small('beside_count') }} or (mart.sex = 'total' and areas.p_sample_count is null)) as is_suppressed
    from mart
    left join areas
        on mart.area_level = areas.area_level
        and mart.area_code = areas.area_code
        and mart.sex = 'total'
)

select * from final

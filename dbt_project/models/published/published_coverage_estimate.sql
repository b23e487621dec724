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
{% set percents = ['net_error_percent', 'omission_percent', 'erroneous_percent'] %}

with

mart as (
    select * from {{ ref('coverage_estimate') }}
),

perturbed as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        work_area_count,
        sampled_work_area_count,
        {% for count in ['counted_person_count'] + sample_counts -%}
        {{ perturbed(count) }},
        {% endfor -%}
        counted_person_count as exact_count,
        {% for estimate in estimates -%}
        {{ estimate }},
        {% endfor -%}
        estimate_standard_error,
        {{ percents | join(',\n        ') }},
        refused_reason
    from mart
),

-- An estimate beside its net error gives the count away that it was made of: it is told of the perturbed count.
scaled as (
    select
        *,
        {% for estimate in estimates -%}
        cast(round(1.0 * {{ estimate }} * counted_person_count / nullif(exact_count, 0), 0) as bigint) as scaled_{{ estimate }}
        {{- "," if not loop.last }}
        {% endfor %}
    from perturbed
),

final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        work_area_count,
        sampled_work_area_count,
        {{ published_count('counted_person_count') }},
        -- What the survey saw is told of whole areas only: the strata of a sample are small.
        {% for count in sample_counts -%}
        case when sex = 'total' and not {{ is_small(count) }} then {{ count }} end as {{ count }},
        {% endfor -%}
        {% for estimate in estimates -%}
        {{ published_figure('scaled_' ~ estimate, estimate, ['counted_person_count', 'scaled_' ~ estimate]) }},
        {% endfor -%}
        -- Of few people a rate with decimals gives the counts away that it is made of.
        {{ published_rate('round(estimate_standard_error, 0)', 'estimate_standard_error', ['counted_person_count']) }},
        {% for percent in percents -%}
        {{ published_rate("round(" ~ percent ~ ", case when sex = 'total' then 1 else 0 end)", percent, ['counted_person_count']) }},
        {% endfor -%}
        refused_reason,
        {{ is_small('counted_person_count') }}
        or (sex = 'total' and ({% for count in sample_counts %}{{ is_small(count) }}{{ " or " if not loop.last }}{% endfor %})) as is_suppressed
    from scaled
)

select * from final

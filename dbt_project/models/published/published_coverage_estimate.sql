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

strata as (
    select * from {{ ref('coverage_estimate') }}
),

cells as (
    select * from {{ ref('published_population_by_age_sex') }}
),

-- A stratum's people are those of a cell of population_by_age_sex: what is withheld there is withheld here, and with it the
-- estimate and its net error, which give the count away.
mart as (
    select
        strata.*,
        coalesce(cells.is_suppressed, {{ is_small('strata.counted_person_count') }}) as is_withheld
    from strata
    left join cells
        on strata.area_level = cells.area_level
        and strata.area_code = cells.area_code
        and strata.sex = cells.sex
        and strata.age_group = cells.age_group
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
        case when not mart.is_withheld then mart.counted_person_count end as counted_person_count,
        {% for count in sample_counts -%}
        areas.{{ count }},
        {% endfor -%}
        {% for estimate in estimates -%}
        case when not (mart.is_withheld or {{ is_small('mart.' ~ estimate) }}) then mart.{{ estimate }} end as {{ estimate }},
        {% endfor -%}
        {% for percent in percents -%}
        cast(case when not mart.is_withheld then mart.{{ percent }} end as numeric(9, 2)) as {{ percent }},
        {% endfor -%}
        mart.refused_reason,
        (mart.is_withheld or (mart.sex = 'total' and areas.p_sample_count is null)) as is_suppressed
    from mart
    left join areas
        on mart.area_level = areas.area_level
        and mart.area_code = areas.area_code
        and mart.sex = 'total'
)

select * from final

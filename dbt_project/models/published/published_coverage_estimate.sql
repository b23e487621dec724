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
{% set columns = ['sex', 'age_group', 'work_area_count', 'sampled_work_area_count', 'refused_reason', 'estimate_standard_error'] + estimates + percents %}

{# An estimate beside its net error gives away the count that it was made of: it is scaled to the perturbed count. #}
{% set figures = {} %}
{% for estimate in estimates %}
{% set scaled = 'cast(round(1.0 * ' ~ estimate ~ ' * counted_person_count / nullif(exact_count, 0), 0) as bigint)' %}
{% do figures.update({estimate: 'case when not ' ~ is_small(scaled) ~ ' then ' ~ scaled ~ ' end'}) %}
{% endfor %}

{# Of few people a rate with decimals gives away the counts that it is made of. #}
{% set rounded = {'estimate_standard_error': 'nullif(round(estimate_standard_error, 0), 0)'} %}
{% for percent in percents %}{% do rounded.update({percent: "case when sex = 'total' then round(" ~ percent ~ ', 1) else round(' ~ percent ~ ', 0) end'}) %}{% endfor %}
{% for name, figure in rounded.items() %}
{% do figures.update({name: 'cast(' ~ where_shown(figure, ['counted_person_count']) ~ ' as numeric(9, 2))'}) %}
{% endfor %}

{% set missing = {} %}
{% for name in figures %}{% do missing.update({name: "case when refused_reason is not null then 'too_few' else 'withheld' end"}) %}{% endfor %}
{% do missing.update({'estimate_standard_error': "'too_few'"}) %}
{% for count in sample_counts %}{% do missing.update({count: "'not_applicable'"}) %}{% endfor %}

with

mart as (
    select * from {{ ref('coverage_estimate') }}
),

-- The counts of the survey's samples are published of whole areas only: the strata of a sample are small.
samples_of_areas as (
    select
        area_level,
        area_code,
        area_name,
        {{ columns | join(',\n        ') }},
        counted_person_count,
        counted_person_cell_key,
        counted_person_count as exact_count,
        {% for count in sample_counts -%}
        case when sex = 'total' then {{ count }} end as {{ count }},
        {{ cell_key_of(count) }}{{ "," if not loop.last }}
        {% endfor %}
    from mart
),

{{ published_rows(
    'samples_of_areas',
    columns=columns + ['exact_count'],
    counts=['counted_person_count'] + sample_counts,
    figures=figures,
    missing=missing,
    hidden=['exact_count'],
) }}

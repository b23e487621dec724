{% set estimates = {'estimated': 'coverage_factor', 'correct': 'correct_share'} %}
{% for threshold in var('coverage_link_thresholds') %}
{% do estimates.update({'estimated_at_' ~ threshold: 'coverage_factor_at_' ~ threshold}) %}
{% endfor %}
{% set differences = {
    'estimate_variance': 'estimated - whole_estimated',
    'omitted_variance': 'correct / estimated - whole_correct / whole_estimated',
    'correct_variance': 'correct - whole_correct',
} %}

with

strata as (
    select * from {{ ref('coverage_stratum') }}
),

factors as (
    select * from {{ ref('coverage_factor') }}
),

-- A stratum with enough matches has an estimate of its own; the area's is the sum over all.
parts as (
    select
        area_code,
        sex,
        age_group,
        basis,
        counted_person_count
    from strata
    where is_enough

    union all

    select
        area_code,
        'total' as sex,
        'total' as age_group,
        basis,
        sum(counted_person_count) as counted_person_count
    from strata
    group by area_code, basis
),

replicates as (
    select
        parts.area_code,
        parts.sex,
        parts.age_group,
        factors.omitted_sls_code,
        {%- for estimate, factor in estimates.items() %}
        sum(parts.counted_person_count * factors.{{ factor }}) as {{ estimate }}{{ "," if not loop.last }}
        {%- endfor %}
    from parts
    inner join factors
        on parts.area_code = factors.area_code
        and parts.basis = factors.basis
    group by parts.area_code, parts.sex, parts.age_group, factors.omitted_sls_code
),

-- Beside each replicate what the whole sample gives, which differs from itself by nothing.
compared as (
    select
        *,
        max(case when omitted_sls_code is null then estimated end) over (partition by area_code, sex, age_group) as whole_estimated,
        max(case when omitted_sls_code is null then correct end) over (partition by area_code, sex, age_group) as whole_correct
    from replicates
),

-- Variance by the jackknife over work areas: whole work areas are drawn, so what happens in one happens together.
final as (
    select
        area_code,
        sex,
        age_group,
        {%- for estimate in estimates %}
        max(case when omitted_sls_code is null then {{ estimate }} end) as {{ estimate }},
        {%- endfor %}
        {%- for variance, difference in differences.items() %}
        (count(omitted_sls_code) - 1) * sum(power({{ difference }}, 2)) / count(omitted_sls_code) as {{ variance }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from compared
    where whole_estimated > 0
    group by area_code, sex, age_group
)

select * from final

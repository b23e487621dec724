{% set thresholds = var('coverage_link_thresholds') %}
{% set counts = ['e_sample_count', 'erroneous_count', 'p_sample_count', 'matched_count'] %}
{% for threshold in thresholds %}{% do counts.append('matched_at_' ~ threshold ~ '_count') %}{% endfor %}

with

cells as (
    select * from {{ ref('coverage_cell') }}
),

strata as (
    select * from {{ ref('coverage_stratum') }}
),

-- The sample of each work area by what is estimated from it.
samples as (
    select
        cells.area_code,
        cells.sls_code,
        strata.basis,
        {%- for count in counts %}
        sum(cells.{{ count }}) as {{ count }}{{ "," if not loop.last }}
        {%- endfor %}
    from cells
    inner join strata
        on cells.area_code = strata.area_code
        and cells.sex = strata.sex
        and cells.age_group = strata.age_group
    where strata.basis <> 'area'
    group by cells.area_code, cells.sls_code, strata.basis

    union all

    select
        area_code,
        sls_code,
        'area' as basis,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }}{{ "," if not loop.last }}
        {%- endfor %}
    from cells
    where area_code in (select area_code from strata where basis = 'area')
    group by area_code, sls_code
),

totals as (
    select
        area_code,
        basis,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }}{{ "," if not loop.last }}
        {%- endfor %}
    from samples
    group by area_code, basis
),

-- The whole sample, and the sample with each of its work areas left out in turn.
replicates as (
    select distinct
        area_code,
        sls_code as omitted_sls_code
    from cells

    union all

    select distinct
        area_code,
        null as omitted_sls_code
    from cells
),

remaining as (
    select
        totals.area_code,
        totals.basis,
        replicates.omitted_sls_code,
        {%- for count in counts %}
        totals.{{ count }} - coalesce(samples.{{ count }}, 0) as {{ count }}{{ "," if not loop.last }}
        {%- endfor %}
    from totals
    inner join replicates
        on totals.area_code = replicates.area_code
    left join samples
        on totals.area_code = samples.area_code
        and totals.basis = samples.basis
        and replicates.omitted_sls_code = samples.sls_code
),

final as (
    select
        area_code,
        basis,
        omitted_sls_code,
        {{ chapman('(e_sample_count - erroneous_count)', 'p_sample_count', 'matched_count') }} / nullif(e_sample_count, 0) as coverage_factor,
        {%- for threshold in thresholds %}
        {{ chapman('(e_sample_count - erroneous_count)', 'p_sample_count', 'matched_at_' ~ threshold ~ '_count') }} / nullif(e_sample_count, 0) as coverage_factor_at_{{ threshold }},
        {%- endfor %}
        cast(e_sample_count - erroneous_count as {{ type_named('double precision') }}) / nullif(e_sample_count, 0) as correct_share
    from remaining
)

select * from final

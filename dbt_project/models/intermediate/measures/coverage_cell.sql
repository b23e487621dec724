{% set thresholds = var('coverage_link_thresholds') %}

with

sample as (
    select * from {{ ref('coverage_sample') }}
),

units as (
    select * from {{ ref('area_hierarchy') }} where area_level in ('regency', 'district', 'village')
),

cells as (
    select
        sls_code,
        sex,
        age_group,
        {%- for name, condition in coverage_samples().items() %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }}_count,
        cast(sum(case when {{ condition }} then perturbation_key else 0 end) as bigint) as {{ name }}_cell_key
        {{- "," if not loop.last }}
        {%- endfor %}
        {%- for threshold in thresholds %},
        sum(case when is_matched and match_probability >= {{ threshold / 100 }} then 1 else 0 end) as matched_at_{{ threshold }}_count
        {%- endfor %}
    from sample
    group by sls_code, sex, age_group
),

final as (
    select
        units.area_code,
        cells.*
    from cells
    inner join units
        on cells.sls_code = units.unit_code
)

select * from final

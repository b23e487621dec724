{% set thresholds = var('coverage_link_thresholds') %}
{% set samples = {
    'enumerated': 'sample.is_enumerated',
    'erroneous': 'sample.is_erroneous',
    'enumerated_only': 'sample.is_enumerated and not sample.is_erroneous and not sample.is_matched',
    'listed': 'sample.is_listed',
    'matched': 'sample.is_matched',
} %}
{% set cells = samples.keys() | list %}
{% for sample in samples %}{% do cells.append(sample ~ '_key') %}{% endfor %}
{% for threshold in thresholds %}{% do cells.append('matched_at_' ~ threshold) %}{% endfor %}

with

areas as (
    select * from {{ ref('area') }} where area_level in ('regency', 'district', 'village')
),

units as (
    select * from {{ ref('area_hierarchy') }} where area_level in ('regency', 'district', 'village')
),

work_areas as (
    select area_code from {{ ref('area') }} where area_level = 'sls'
),

sample as (
    select * from {{ ref('coverage_sample') }}
),

counted as (
    select
        area_code,
        sex,
        {{ age_group('age') }} as age_group,
        cast(sum(person_count) as bigint) as counted,
        cast(sum(person_cell_key) as bigint) as counted_key
    from {{ ref('person_count_by_age') }}
    group by 1, 2, 3
),

sampled_cells as (
    select
        units.area_code,
        sample.sls_code,
        sample.sex,
        sample.age_group,
        {%- for name, condition in samples.items() %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }},
        sum(case when {{ condition }} then sample.perturbation_key else 0 end) as {{ name }}_key
        {{- "," if not loop.last }}
        {%- endfor %}
        {%- for threshold in thresholds %},
        sum(case when sample.is_matched and sample.match_probability >= {{ threshold / 100 }} then 1 else 0 end) as matched_at_{{ threshold }}
        {%- endfor %}
    from sample
    inner join units
        on sample.sls_code = units.unit_code
    group by 1, 2, 3, 4
),

sampled as (
    select distinct
        area_code,
        sls_code
    from sampled_cells
),

sizes as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        count(work_areas.area_code) as work_area_count,
        count(sampled.sls_code) as sampled_work_area_count
    from areas
    inner join units
        on areas.area_level = units.area_level
        and areas.area_code = units.area_code
    inner join work_areas
        on units.unit_code = work_areas.area_code
    left join sampled
        on areas.area_code = sampled.area_code
        and work_areas.area_code = sampled.sls_code
    group by 1, 2, 3
),

totals as (
    select
        area_code,
        sex,
        age_group,
        {%- for cell in cells %}
        sum({{ cell }}) as {{ cell }},
        {%- endfor %}
        max(matched) as matched_in_one
    from sampled_cells
    group by 1, 2, 3
),

strata_named as (
    select area_code, sex, age_group from counted

    union

    select area_code, sex, age_group from totals
),

strata as (
    select
        strata_named.area_code,
        strata_named.sex,
        strata_named.age_group,
        coalesce(counted.counted, 0) as counted,
        coalesce(counted.counted_key, 0) as counted_key,
        {%- for cell in cells %}
        coalesce(totals.{{ cell }}, 0) as {{ cell }},
        {%- endfor %}
        coalesce(totals.matched >= {{ var('coverage_minimum_matches') }} and totals.matched > totals.matched_in_one, false) as is_enough
    from strata_named
    left join counted
        on strata_named.area_code = counted.area_code
        and strata_named.sex = counted.sex
        and strata_named.age_group = counted.age_group
    left join totals
        on strata_named.area_code = totals.area_code
        and strata_named.sex = totals.sex
        and strata_named.age_group = totals.age_group
),

-- Strata with too few matches are estimated as one, or by the area's own figures where even together they have too few.
rests as (
    select
        area_code,
        sum(matched) >= {{ var('coverage_minimum_matches') }} as is_enough
    from strata
    where not is_enough
    group by 1
),

parts as (
    select
        area_code,
        sex,
        age_group,
        sex as part_sex,
        age_group as part_age_group,
        'stratum' as basis,
        counted
    from strata
    where is_enough

    union all

    select
        strata.area_code,
        'total' as sex,
        'total' as age_group,
        case when strata.is_enough then strata.sex else 'rest' end as part_sex,
        case when strata.is_enough then strata.age_group else 'rest' end as part_age_group,
        case when strata.is_enough then 'stratum' when rests.is_enough then 'rest' else 'area' end as basis,
        sum(strata.counted) as counted
    from strata
    left join rests
        on strata.area_code = rests.area_code
    group by 1, 4, 5, 6
),

-- The sample's cells by what a part is estimated from.
basis_cells as (
    select
        sampled_cells.area_code,
        sampled_cells.sls_code,
        case when strata.is_enough then strata.sex else 'rest' end as part_sex,
        case when strata.is_enough then strata.age_group else 'rest' end as part_age_group,
        case when strata.is_enough then 'stratum' else 'rest' end as basis,
        {%- for cell in cells %}
        sum(sampled_cells.{{ cell }}) as {{ cell }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sampled_cells
    inner join strata
        on sampled_cells.area_code = strata.area_code
        and sampled_cells.sex = strata.sex
        and sampled_cells.age_group = strata.age_group
    group by 1, 2, 3, 4, 5

    union all

    select
        area_code,
        sls_code,
        'rest' as part_sex,
        'rest' as part_age_group,
        'area' as basis,
        {%- for cell in cells %}
        sum({{ cell }}) as {{ cell }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sampled_cells
    group by 1, 2
),

basis_totals as (
    select
        area_code,
        part_sex,
        part_age_group,
        basis,
        {%- for cell in cells %}
        sum({{ cell }}) as {{ cell }}{{ ',' if not loop.last }}
        {%- endfor %}
    from basis_cells
    group by 1, 2, 3, 4
),

-- What a person counted stands for, from the whole sample ...
factors as (
    select
        area_code,
        part_sex,
        part_age_group,
        basis,
        {{ chapman('(enumerated - erroneous)', 'listed', 'matched') }} / nullif(enumerated, 0) as coverage_factor,
        {%- for threshold in thresholds %}
        {{ chapman('(enumerated - erroneous)', 'listed', 'matched_at_' ~ threshold) }} / nullif(enumerated, 0) as coverage_factor_{{ threshold }},
        {%- endfor %}
        1.0 * (enumerated - erroneous) / nullif(enumerated, 0) as correct_share
    from basis_totals
),

-- ... and with each sampled work area left out in its turn.
factors_without as (
    select
        totals.area_code,
        sampled.sls_code,
        totals.part_sex,
        totals.part_age_group,
        totals.basis,
        {{ chapman(
            '(totals.enumerated - totals.erroneous - coalesce(basis_cells.enumerated - basis_cells.erroneous, 0))',
            '(totals.listed - coalesce(basis_cells.listed, 0))',
            '(totals.matched - coalesce(basis_cells.matched, 0))',
        ) }} / nullif(totals.enumerated - coalesce(basis_cells.enumerated, 0), 0) as coverage_factor,
        1.0 * (totals.enumerated - totals.erroneous - coalesce(basis_cells.enumerated - basis_cells.erroneous, 0))
        / nullif(totals.enumerated - coalesce(basis_cells.enumerated, 0), 0) as correct_share
    from basis_totals as totals
    inner join sampled
        on totals.area_code = sampled.area_code
    left join basis_cells
        on totals.area_code = basis_cells.area_code
        and totals.part_sex = basis_cells.part_sex
        and totals.part_age_group = basis_cells.part_age_group
        and totals.basis = basis_cells.basis
        and sampled.sls_code = basis_cells.sls_code
),

estimates as (
    select
        parts.area_code,
        parts.sex,
        parts.age_group,
        sum(parts.counted * factors.coverage_factor) as estimated,
        {%- for threshold in thresholds %}
        sum(parts.counted * factors.coverage_factor_{{ threshold }}) as estimated_at_{{ threshold }},
        {%- endfor %}
        sum(parts.counted * factors.correct_share) as correct
    from parts
    inner join factors
        on parts.area_code = factors.area_code
        and parts.part_sex = factors.part_sex
        and parts.part_age_group = factors.part_age_group
        and parts.basis = factors.basis
    group by 1, 2, 3
),

estimates_without as (
    select
        parts.area_code,
        parts.sex,
        parts.age_group,
        factors_without.sls_code,
        sum(parts.counted * factors_without.coverage_factor) as estimated,
        sum(parts.counted * factors_without.correct_share) as correct
    from parts
    inner join factors_without
        on parts.area_code = factors_without.area_code
        and parts.part_sex = factors_without.part_sex
        and parts.part_age_group = factors_without.part_age_group
        and parts.basis = factors_without.basis
    group by 1, 2, 3, 4
),

-- Variance by the jackknife over work areas: whole work areas are drawn, so what happens in one happens together.
jackknifed as (
    select
        estimates.area_code,
        estimates.sex,
        estimates.age_group,
        (count(*) - 1.0) / count(*) * sum(power(estimates_without.estimated - estimates.estimated, 2)) as estimate_variance,
        (count(*) - 1.0) / count(*)
        * sum(power(estimates_without.correct / estimates_without.estimated - estimates.correct / estimates.estimated, 2)) as omitted_variance,
        (count(*) - 1.0) / count(*) * sum(power(estimates_without.correct - estimates.correct, 2)) as correct_variance
    from estimates
    inner join estimates_without
        on estimates.area_code = estimates_without.area_code
        and estimates.sex = estimates_without.sex
        and estimates.age_group = estimates_without.age_group
    where estimates.estimated > 0
    group by 1, 2, 3
),

rows_wanted as (
    select
        area_code,
        sex,
        age_group,
        counted,
        counted_key,
        {%- for cell in cells %}
        {{ cell }},
        {%- endfor %}
        is_enough
    from strata

    union all

    select
        areas.area_code,
        'total' as sex,
        'total' as age_group,
        coalesce(sum(strata.counted), 0) as counted,
        coalesce(sum(strata.counted_key), 0) as counted_key,
        {%- for cell in cells %}
        coalesce(sum(strata.{{ cell }}), 0) as {{ cell }},
        {%- endfor %}
        coalesce(sum(strata.matched) >= {{ var('coverage_minimum_matches') }}, false) as is_enough
    from areas
    left join strata
        on areas.area_code = strata.area_code
    group by 1
),

judged as (
    select
        sizes.*,
        rows_wanted.sex,
        rows_wanted.age_group,
        rows_wanted.counted,
        rows_wanted.counted_key,
        {%- for cell in cells %}
        rows_wanted.{{ cell }},
        {%- endfor %}
        case
            when sizes.sampled_work_area_count < {{ var('coverage_minimum_work_areas') }} then 'too_few_work_areas'
            when not rows_wanted.is_enough then 'too_few_matches'
        end as refused_reason,
        -- Finite population correction: known are, of the sampled work areas, those whom the survey saw. Never quite everybody.
        1 - 1.0 * sizes.sampled_work_area_count / sizes.work_area_count
        * (rows_wanted.enumerated - rows_wanted.erroneous - rows_wanted.enumerated_only)
        / (rows_wanted.enumerated - rows_wanted.erroneous + 1) as unseen_share,
        {{ student_t_975('(sizes.sampled_work_area_count - 1)') }} as student_t
    from rows_wanted
    inner join sizes
        on rows_wanted.area_code = sizes.area_code
),

shares as (
    select
        judged.*,
        estimates.estimated,
        {%- for threshold in thresholds %}
        estimates.estimated_at_{{ threshold }},
        {%- endfor %}
        estimates.correct,
        (estimates.estimated - estimates.correct) / estimates.estimated as omitted_share,
        (judged.counted - estimates.correct) / judged.counted as erroneous_share,
        sqrt(judged.unseen_share * jackknifed.estimate_variance) as standard_error,
        judged.unseen_share * jackknifed.omitted_variance as omitted_variance,
        judged.unseen_share * jackknifed.correct_variance / (1.0 * judged.counted * judged.counted) as erroneous_variance
    from judged
    left join estimates
        on judged.area_code = estimates.area_code
        and judged.sex = estimates.sex
        and judged.age_group = estimates.age_group
        and judged.refused_reason is null
        and estimates.estimated > 0
    left join jackknifed
        on estimates.area_code = jackknifed.area_code
        and estimates.sex = jackknifed.sex
        and estimates.age_group = jackknifed.age_group
),

sized as (
    select
        *,
        {{ effective_size('omitted_share', 'omitted_variance', '(nullif(listed, 0) / unseen_share)') }} as omitted_size,
        {{ effective_size('erroneous_share', 'erroneous_variance', '(nullif(enumerated, 0) / unseen_share)') }} as erroneous_size
    from shares
),

limits as (
    select
        *,
        {% for share in ['omitted', 'erroneous'] -%}
        {{ wilson_limit(share ~ '_share', share ~ '_size', 'student_t', '-') }} as {{ share }}_from,
        {{ wilson_limit(share ~ '_share', share ~ '_size', 'student_t', '+') }} as {{ share }}_to{{ ',' if not loop.last }}
        {% endfor -%}
    from sized
),

-- The two intervals are put together as Zou and Donner (2008) do: true = counted + omitted - erroneous.
figures as (
    select
        *,
        estimated - sqrt(
            power(estimated * (omitted_share - omitted_from), 2) + power(counted * (erroneous_to - erroneous_share), 2)
        ) as estimate_from,
        estimated + sqrt(
            power(estimated * (omitted_to - omitted_share), 2) + power(counted * (erroneous_share - erroneous_from), 2)
        ) as estimate_to
    from limits
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
        cast(counted as bigint) as counted_person_count,
        cast(counted_key as bigint) as counted_person_cell_key,
        cast(enumerated as bigint) as e_sample_count,
        cast(enumerated_key as bigint) as e_sample_cell_key,
        cast(erroneous as bigint) as erroneous_count,
        cast(erroneous_key as bigint) as erroneous_cell_key,
        cast(enumerated_only as bigint) as e_sample_only_count,
        cast(enumerated_only_key as bigint) as e_sample_only_cell_key,
        cast(listed as bigint) as p_sample_count,
        cast(listed_key as bigint) as p_sample_cell_key,
        cast(matched as bigint) as matched_count,
        cast(matched_key as bigint) as matched_cell_key,
        cast(listed - matched as bigint) as p_sample_only_count,
        cast(listed_key - matched_key as bigint) as p_sample_only_cell_key,
        cast(round(estimated, 0) as bigint) as estimated_person_count,
        cast(standard_error as numeric(18, 2)) as estimate_standard_error,
        cast(floor(estimate_from) as bigint) as estimate_lower_count,
        cast(ceiling(estimate_to) as bigint) as estimate_upper_count,
        {{ percent('(estimated - counted)', 'estimated') }} as net_error_percent,
        cast(round(100 * omitted_share, 2) as numeric(9, 2)) as omission_percent,
        cast(round(100 * erroneous_share, 2) as numeric(9, 2)) as erroneous_percent,
        {%- for threshold in thresholds %}
        cast(round(estimated_at_{{ threshold }}, 0) as bigint) as estimated_at_{{ threshold }}_person_count,
        {%- endfor %}
        refused_reason
    from figures
)

select * from final

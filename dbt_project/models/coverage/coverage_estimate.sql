{% set thresholds = var('coverage_link_thresholds') %}
{% set counts = ['counted_person'] + coverage_samples().keys() | list %}

with

areas as (
    select * from {{ ref('sampled_area') }}
),

strata as (
    select * from {{ ref('coverage_stratum') }}
),

jackknife as (
    select * from {{ ref('coverage_jackknife') }}
),

rows_wanted as (
    select
        area_code,
        sex,
        age_group,
        {%- for name in counts %}
        {{ name }}_count,
        {{ name }}_cell_key,
        {%- endfor %}
        is_enough
    from strata

    union all

    select
        areas.area_code,
        'total' as sex,
        'total' as age_group,
        {%- for name in counts %}
        cast(coalesce(sum(strata.{{ name }}_count), 0) as bigint) as {{ name }}_count,
        cast(coalesce(sum(strata.{{ name }}_cell_key), 0) as bigint) as {{ name }}_cell_key,
        {%- endfor %}
        coalesce(sum(strata.matched_count) >= {{ var('coverage_minimum_matches') }}, false) as is_enough
    from areas
    left join strata
        on areas.area_code = strata.area_code
    group by areas.area_code
),

judged as (
    select
        areas.area_level,
        areas.area_name,
        areas.work_area_count,
        areas.sampled_work_area_count,
        rows_wanted.*,
        case
            when areas.sampled_work_area_count < {{ var('coverage_minimum_work_areas') }} then 'too_few_work_areas'
            when not rows_wanted.is_enough then 'too_few_matches'
        end as refused_reason,
        -- Finite population correction: known are, of the sampled work areas, those whom the survey saw. Never quite everybody.
        1 - cast(areas.sampled_work_area_count as {{ type_named('double precision') }}) / areas.work_area_count
        * (rows_wanted.e_sample_count - rows_wanted.erroneous_count - rows_wanted.e_sample_only_count)
        / (rows_wanted.e_sample_count - rows_wanted.erroneous_count + 1) as unseen_share,
        {{ student_t_975('(areas.sampled_work_area_count - 1)') }} as student_t
    from rows_wanted
    inner join areas
        on rows_wanted.area_code = areas.area_code
),

shares as (
    select
        judged.*,
        jackknife.estimated,
        {%- for threshold in thresholds %}
        jackknife.estimated_at_{{ threshold }},
        {%- endfor %}
        (jackknife.estimated - jackknife.correct) / jackknife.estimated as omitted_share,
        (judged.counted_person_count - jackknife.correct) / judged.counted_person_count as erroneous_share,
        sqrt(judged.unseen_share * jackknife.estimate_variance) as standard_error,
        judged.unseen_share * jackknife.omitted_variance as omitted_variance,
        judged.unseen_share * jackknife.correct_variance / (1.0 * judged.counted_person_count * judged.counted_person_count) as erroneous_variance
    from judged
    left join jackknife
        on judged.area_code = jackknife.area_code
        and judged.sex = jackknife.sex
        and judged.age_group = jackknife.age_group
        and judged.refused_reason is null
),

sized as (
    select
        *,
        {{ effective_size('omitted_share', 'omitted_variance', '(nullif(p_sample_count, 0) / unseen_share)') }} as omitted_size,
        {{ effective_size('erroneous_share', 'erroneous_variance', '(nullif(e_sample_count, 0) / unseen_share)') }} as erroneous_size
    from shares
),

limits as (
    select
        *,
        {%- for share in ['omitted', 'erroneous'] %}
        {{ wilson_limit(share ~ '_share', share ~ '_size', 'student_t', '-') }} as {{ share }}_from,
        {{ wilson_limit(share ~ '_share', share ~ '_size', 'student_t', '+') }} as {{ share }}_to{{ ',' if not loop.last }}
        {%- endfor %}
    from sized
),

-- The two intervals are put together as Zou and Donner (2008) do: true = counted + omitted - erroneous.
final as (
    select
        area_level,
        area_code,
        area_name,
        sex,
        age_group,
        work_area_count,
        sampled_work_area_count,
        {%- for name in counts %}
        {{ name }}_count,
        {{ name }}_cell_key,
        {%- endfor %}
        cast({{ rounded('estimated', 0) }} as bigint) as estimated_person_count,
        cast({{ rounded('standard_error', 2) }} as numeric(18, 2)) as estimate_standard_error,
        cast(floor({{ rounded('estimated - sqrt(power(estimated * (omitted_share - omitted_from), 2) + power(counted_person_count * (erroneous_to - erroneous_share), 2))', 6) }}) as bigint) as estimate_lower_count,
        cast(ceiling({{ rounded('estimated + sqrt(power(estimated * (omitted_to - omitted_share), 2) + power(counted_person_count * (erroneous_share - erroneous_from), 2))', 6) }}) as bigint) as estimate_upper_count,
        cast({{ rounded('100 * (estimated - counted_person_count) / nullif(estimated, 0)', 2) }} as numeric(9, 2)) as net_error_percent,
        cast({{ rounded('100 * omitted_share', 2) }} as numeric(9, 2)) as omission_percent,
        cast({{ rounded('100 * erroneous_share', 2) }} as numeric(9, 2)) as erroneous_percent,
        {%- for threshold in thresholds %}
        cast({{ rounded('estimated_at_' ~ threshold, 0) }} as bigint) as estimated_at_{{ threshold }}_person_count,
        {%- endfor %}
        refused_reason
    from limits
)

select * from final

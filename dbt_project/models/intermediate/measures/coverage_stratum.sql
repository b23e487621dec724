{% set minimum = var('coverage_minimum_matches') %}

with

counted as (
    select
        area_code,
        sex,
        {{ age_group('age') }} as age_group,
        sum(person_count) as counted_person_count,
        sum(person_cell_key) as counted_person_cell_key
    from {{ ref('person_count_by_age') }}
    group by 1, 2, 3
),

sampled as (
    select
        area_code,
        sex,
        age_group,
        {%- for name in coverage_samples() %}
        sum({{ name }}_count) as {{ name }}_count,
        sum({{ name }}_cell_key) as {{ name }}_cell_key,
        {%- endfor %}
        max(matched_count) as matched_in_one_count
    from {{ ref('coverage_cell') }}
    group by area_code, sex, age_group
),

strata as (
    select
        area_code,
        sex,
        age_group,
        {%- for name in ['counted_person'] + coverage_samples().keys() | list %}
        cast(coalesce({{ name }}_count, 0) as bigint) as {{ name }}_count,
        cast(coalesce({{ name }}_cell_key, 0) as bigint) as {{ name }}_cell_key,
        {%- endfor %}
        coalesce(matched_count >= {{ minimum }} and matched_count > matched_in_one_count, false) as is_enough
    from counted
    full outer join sampled using (area_code, sex, age_group)
),

-- Strata with too few matches are estimated as one, or by the area's own figures where even together they have too few.
final as (
    select
        *,
        case
            when is_enough then sex || ' ' || age_group
            when sum(case when not is_enough then matched_count end) over (partition by area_code) >= {{ minimum }} then 'rest'
            else 'area'
        end as basis
    from strata
)

select * from final

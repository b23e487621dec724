with

households as (
    select * from {{ ref('household') }}
),

heads as (
    select * from {{ ref('person') }}
),

grouped as (
    select
        coalesce(households.sls_code, households.area_code) as unit_code,
        coalesce(heads.sex, 'unknown') as head_sex,
        {{ age_group('heads.age') }} as head_age_group,
        count(*) as household_count,
        sum(households.perturbation_key) as household_cell_key
    from households
    left join heads
        on households.head_person_id = heads.person_id
    group by 1, 2, 3
),

final as (
    {{ totals_by_area('grouped', ['head_sex', 'head_age_group'], ['household_count', 'household_cell_key']) }}
)

select * from final

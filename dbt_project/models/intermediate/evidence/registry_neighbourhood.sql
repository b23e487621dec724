with

areas as (
    select * from {{ ref('stg_area') }}
),

successors as (
    select * from {{ ref('area_successor') }} where code_system = 'bps'
),

-- The registry names the neighbourhood, not the work area: they are the same where the name is unique in its village. A name
-- of an older edition leads to what has become of that work area.
named_sls as (
    select
        areas.kemendagri_code,
        upper(areas.sls_name) as sls_name,
        areas.is_latest,
        successors.current_code,
        max(case when areas.is_latest then 1 else 0 end) over (partition by areas.kemendagri_code, upper(areas.sls_name)) as is_in_newest
    from areas
    inner join successors
        on areas.sls_code = successors.code
),

final as (
    select
        kemendagri_code,
        sls_name,
        {{ common_area('current_code') }} as current_code
    from named_sls
    where is_latest or is_in_newest = 0
    group by kemendagri_code, sls_name
    having max(is_in_newest) = 0 or min(current_code) = max(current_code)
)

select * from final

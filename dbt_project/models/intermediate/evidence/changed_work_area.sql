{% set descriptions = ['sls_code', 'village_code', 'district_code', 'kemendagri_code', 'sls_name', 'village_name', 'regency_name'] %}

with

areas as (
    select * from {{ ref('stg_area') }} where sls_code is not null
),

periods as (
    select distinct
        area_code,
        period
    from areas
),

editions as (
    select
        area_code,
        period,
        lag(period) over (partition by area_code order by period) as former_period,
        lead(period) over (partition by area_code order by period) as next_period
    from periods
),

versions as (
    select
        areas.area_code,
        areas.period,
        editions.former_period,
        editions.next_period,
        areas.sls_code,
        areas.village_code,
        areas.district_code,
        areas.kemendagri_code,
        upper(areas.sls_name) as sls_name,
        upper(areas.village_name) as village_name,
        upper(areas.regency_name) as regency_name,
        row_number() over (
            partition by areas.area_code, areas.period, areas.sls_code order by areas.file_id desc, areas.record_no desc
        ) as choice
    from areas
    inner join editions
        on areas.area_code = editions.area_code
        and areas.period = editions.period
),

work_areas as (
    select * from versions where choice = 1
),

final as (
    select
        'gone' as change,
        earlier.area_code,
        earlier.period as former_period,
        earlier.next_period
        {%- for column in descriptions %},
        earlier.{{ column }}
        {%- endfor %}
    from work_areas as earlier
    left join work_areas as later
        on earlier.area_code = later.area_code
        and earlier.next_period = later.period
        and earlier.sls_code = later.sls_code
    where earlier.next_period is not null and later.sls_code is null

    union all

    select
        'come' as change,
        later.area_code,
        later.former_period,
        later.period as next_period
        {%- for column in descriptions %},
        later.{{ column }}
        {%- endfor %}
    from work_areas as later
    left join work_areas as earlier
        on later.area_code = earlier.area_code
        and later.former_period = earlier.period
        and later.sls_code = earlier.sls_code
    where later.former_period is not null and earlier.sls_code is null
)

select * from final

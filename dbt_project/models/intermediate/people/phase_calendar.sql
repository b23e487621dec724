with

windows as (
    select * from {{ ref('phase_window') }}
),

areas as (
    select distinct regency_code from {{ ref('stg_area') }} where regency_code is not null
),

places as (
    select regency_code from areas

    union

    select '00' as regency_code
),

as_of as (
    select * from {{ ref('as_of') }}
),

-- A window of the area's own goes before one for all areas, a newer version before an older one.
candidates as (
    select
        windows.phase,
        places.regency_code,
        windows.start_date,
        windows.end_date,
        row_number() over (
            partition by windows.phase, places.regency_code
            order by case when windows.area_code = '00' then 1 else 0 end, windows.version desc
        ) as choice
    from places
    inner join windows
        on windows.area_code in (places.regency_code, '00')
),

final as (
    select
        candidates.phase,
        candidates.regency_code,
        candidates.start_date,
        candidates.end_date,
        as_of.as_of > candidates.end_date as is_closed
    from candidates
    cross join as_of
    where candidates.choice = 1
)

select * from final

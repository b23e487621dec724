with

files as (
    select * from {{ source('ops', 'file') }} where status in ('loaded', 'superseded')
),

standing as (
    select
        delivered.file_id,
        delivered.feed,
        delivered.area_code,
        delivered.period,
        delivered.loaded_at,
        files.file_name
    from {{ ref('stg_delivered_file') }} as delivered
    inner join files
        on delivered.file_id = files.file_id
    where delivered.status = 'loaded'
),

released as (
    select max(runs.created_at) as at
    from {{ source('ops', 'release') }} as releases
    inner join {{ source('ops', 'run') }} as runs
        on releases.run_id = runs.run_id
    where releases.status = 'current'
),

-- What stood under the same name when the current release was built, or before the correction where none stood then.
replaced as (
    select
        standing.file_id,
        standing.feed,
        standing.area_code,
        standing.period,
        former.file_id as former_file_id,
        row_number() over (
            partition by standing.file_id
            order by
                case when former.loaded_at <= released.at and newer.loaded_at > released.at then 0 else 1 end,
                former.file_id desc
        ) as choice
    from standing
    cross join released
    inner join files as former
        on standing.feed = former.feed
        and standing.area_code = former.area_code
        and standing.period = former.period
        and standing.file_name = former.file_name
    inner join files as newer
        on former.superseded_by = newer.file_id
    where former.status = 'superseded' and (released.at is null or standing.loaded_at > released.at)
),

-- A later period of a snapshot replaces the one before it as a whole.
periods as (
    select
        standing.feed,
        standing.area_code,
        standing.period,
        max(standing.loaded_at) as loaded_at,
        row_number() over (partition by standing.feed, standing.area_code order by standing.period desc) as age
    from standing
    where standing.feed in ('area', 'officer', 'registry', 'asn', 'control_total')
    group by standing.feed, standing.area_code, standing.period
),

successions as (
    select
        newest.feed,
        newest.area_code,
        newest.period,
        former.period as former_period
    from periods as newest
    inner join periods as former
        on newest.feed = former.feed
        and newest.area_code = former.area_code
        and former.age = 2
    cross join released
    where newest.age = 1 and (released.at is null or newest.loaded_at > released.at)
),

final as (
    select
        feed,
        'file ' || cast(file_id as {{ dbt.type_string() }}) as correction_code,
        file_id,
        true as is_after
    from replaced
    where choice = 1

    union all

    select
        feed,
        'file ' || cast(file_id as {{ dbt.type_string() }}) as correction_code,
        former_file_id as file_id,
        false as is_after
    from replaced
    where choice = 1

    union all

    select
        successions.feed,
        successions.feed || ' of ' || successions.area_code as correction_code,
        standing.file_id,
        standing.period = successions.period as is_after
    from successions
    inner join standing
        on successions.feed = standing.feed
        and successions.area_code = standing.area_code
        and standing.period in (successions.period, successions.former_period)
)

select * from final

{# Feeds that record what happened in the census; a list or an activity of the future says nothing of how far it is. #}
{% set census_feeds = ['online_household', 'online_person', 'verification', 'interview_household', 'interview_person', 'pes_person'] %}
{# Days that a delivery may be away from what it holds: labelled by the first day of a month, or made a month late. #}
{% set longest_delay = 31 %}
{# Records that a day needs: a single wrong date must not end a phase for everybody. #}
{% set least_records = 5 %}

with

files as (
    select * from {{ ref('loaded_file') }}
),

evidence as (
    select * from {{ ref('person_evidence') }}
),

-- Neither a delivery nor an event can be of a day that has not come yet.
periods as (
    select
        feed in ('{{ census_feeds | join("', '") }}') as is_of_census,
        period
    from files
    where period <= {{ dbt.dateadd('day', 1, local_date(dbt.current_timestamp())) }}
),

event_days as (
    select
        {{ local_date('event_at') }} as event_date,
        count(*) as record_count
    from evidence
    where
        feed in ('{{ census_feeds | join("', '") }}')
        and event_at <= {{ dbt.current_timestamp() }}
        and {{ local_date('event_at') }} <= {{ dbt.dateadd('day', longest_delay, 'period') }}
        and {{ local_date('event_at') }} >= {{ dbt.dateadd('day', -longest_delay, 'period') }}
    group by 1
),

cumulated as (
    select
        event_date,
        sum(record_count) over (order by event_date desc) as records_since
    from event_days
),

newest_event as (
    select coalesce(max(case when records_since >= {{ least_records }} then event_date end), max(event_date)) as newest_date
    from cumulated
),

-- A period far beyond all events is a mistyped folder.
newest_period as (
    select
        max(case when periods.is_of_census then periods.period end) as census_date,
        max(periods.period) as any_date
    from periods
    cross join newest_event
    where
        not periods.is_of_census
        or newest_event.newest_date is null
        or periods.period <= {{ dbt.dateadd('day', longest_delay, 'newest_event.newest_date') }}
),

final as (
    select
        {% if var('as_of') %}
        cast('{{ var("as_of") }}' as date) as as_of,
        {% else %}
        coalesce(
            greatest(newest_period.census_date, newest_event.newest_date),
            newest_period.any_date
        ) as as_of,
        {% endif %}
        cast('{{ var("reference_date") }}' as date) as reference_date
    from newest_period
    cross join newest_event
)

select * from final

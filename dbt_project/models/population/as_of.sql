with

files as (
    select * from {{ ref('stg_file') }}
),

evidence as (
    select * from {{ ref('person_evidence') }}
),

dates as (
    select max(period) as newest_date from files

    union all

    -- An event of the future is a wrong year; it must not end the phase for everybody.
    select max({{ local_date('event_at') }}) as newest_date
    from evidence
    where event_at <= {{ dbt.current_timestamp() }}
),

final as (
    select
        {% if var('as_of') %}
        cast('{{ var("as_of") }}' as date) as as_of,
        {% else %}
        max(newest_date) as as_of,
        {% endif %}
        cast('{{ var("reference_date") }}' as date) as reference_date
    from dates
)

select * from final

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

    select max({{ local_date('event_at') }}) as newest_date from evidence
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

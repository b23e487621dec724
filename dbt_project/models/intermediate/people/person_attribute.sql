{{ config(materialized='view') }}

with

statements as (
    select * from {{ ref('person_statement') }}
),

links as (
    select * from {{ source('population', 'person_record') }}
),

rules as (
    select * from {{ ref('survivorship') }} where version = {{ var('survivorship_version') }}
),

-- Two digits a source, the smaller rank as the greater text.
ranks as (
    select
        feed,
        {% for attribute in surviving_attributes() -%}
        lpad(cast(99 - max(case when attribute = '{{ attribute }}' then rank end) as {{ dbt.type_string() }}), 2, '0') as {{ attribute }}_rank
        {{- "," if not loop.last }}
        {% endfor %}
    from rules
    group by feed
),

records as (
    select
        links.person_id,
        statements.feed,
        {% for attribute in surviving_attributes() if attribute != 'registered_occupation' -%}
        statements.{{ attribute }},
        {% endfor -%}
        statements.occupation as registered_occupation,
        case when statements.is_latest and statements.evidence <> 'draft' then '1' else '0' end as standing,
        {{ sortable_time('statements.event_at') }} as event_text
    from links
    inner join statements
        on links.file_id = statements.file_id
        and links.record_no = statements.record_no
    {{ computed_once() }}
),

final as (
    select
        records.person_id,
        {% for attribute in surviving_attributes() -%}
        {{ surviving(attribute, {'birth_date': 'date', 'months_of_stay': 'bigint'}.get(attribute)) }} as {{ attribute }},
        {% endfor -%}
        max(case when records.nik is not null then 1 else 0 end) = 1 as has_nik,
        trim(leading ',' from
            {% for feed in ['interview_person', 'online_person', 'pes_person', 'registry', 'verification'] -%}
            max(case when records.feed = '{{ feed }}' then ',{{ feed }}' else '' end){{ " ||" if not loop.last }}
            {% endfor -%}
        ) as sources
    from records
    inner join ranks
        on records.feed = ranks.feed
    group by records.person_id
)

select * from final

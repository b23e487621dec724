{{ config(materialized='view') }}

with

evidence as (
    select * from {{ ref('person_evidence') }}
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
        evidence.feed,
        evidence.nik,
        {% for attribute in surviving_attributes() -%}
        evidence.{{ attribute }},
        {% endfor -%}
        case when evidence.is_latest and evidence.evidence <> 'draft' then '1' else '0' end as standing,
        {{ sortable_time('evidence.event_at') }} as event_text
    from links
    inner join evidence
        on links.feed = evidence.feed
        and links.file_id = evidence.file_id
        and links.record_no = evidence.record_no
),

final as (
    select
        records.person_id,
        {% for attribute in surviving_attributes() -%}
        {{ surviving(attribute, 'date' if attribute == 'birth_date' else none) }} as {{ attribute }},
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

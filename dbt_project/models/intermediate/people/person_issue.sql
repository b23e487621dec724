{{ config(materialized='view') }}

with

evidence as (
    select * from {{ ref('person_evidence') }} where is_latest and return_id is not null
),

links as (
    select * from {{ source('population', 'person_record') }}
),

persons as (
    select * from {{ ref('person') }}
),

-- Who is in a return, on a card or on a list more than once, by the line that says so first.
return_lines as (
    select
        evidence.feed,
        evidence.file_id,
        evidence.record_no,
        evidence.line_key,
        first_value(evidence.line_key) over (
            partition by evidence.feed, evidence.return_id, links.person_id order by evidence.file_id, evidence.record_no
        ) as first_line_key
    from evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
),

final as (
    select
        feed,
        file_id,
        record_no,
        cast(null as {{ dbt.type_string() }}) as column_name,
        'repeated_in_return' as rule,
        'warning' as severity
    from return_lines
    where line_key <> first_line_key

    {% for rule, column in [('present_in_two_areas', 'sls_code'), ('present_after_died', 'evidence')] -%}
    union all

    select
        deciding_feed as feed,
        deciding_file_id as file_id,
        deciding_record_no as record_no,
        '{{ column }}' as column_name,
        '{{ rule }}' as rule,
        'warning' as severity
    from persons
    where is_{{ rule }}

    {% endfor -%}
)

select * from final

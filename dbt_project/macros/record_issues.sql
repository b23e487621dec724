{# One query per kind of issue; each gives feed, file_id, record_no, column_name, rule, severity. #}

{% macro own_value_issues(feed) -%}
    select
        '{{ feed }}' as feed,
        file_id,
        record_no,
        {{ dbt.split_part('parts.part', "':'", 1) }} as column_name,
        {{ dbt.split_part('parts.part', "':'", 2) }} as rule,
        {{ dbt.split_part('parts.part', "':'", 3) }} as severity
    from {{ ref('stg_' ~ feed) }}
    {{ split_to_rows('value_issues', ';') }}
    where value_issues is not null
{%- endmacro %}

{# Codes that the newest area table does not know; why is told apart by the relation `area_codes`. #}
{% macro area_code_issues(feed, column, system='bps') -%}
    select
        '{{ feed }}' as feed,
        records.file_id,
        records.record_no,
        '{{ column }}' as column_name,
        case
            when codes.is_known then 'area_code_of_other_vintage'
            when other.code is not null then 'area_code_of_other_system'
            else 'unknown_area_code'
        end as rule,
        'error' as severity
    from {{ ref('stg_' ~ feed) }} as records
    left join area_codes as codes
        on records.{{ column }} = codes.code and codes.code_system = '{{ system }}'
    left join area_codes as other
        on records.{{ column }} = other.code and other.code_system <> '{{ system }}'
    where records.{{ column }} is not null and codes.is_newest is not true
{%- endmacro %}

{% macro officer_issues(feed) -%}
    select
        '{{ feed }}' as feed,
        records.file_id,
        records.record_no,
        'officer_id' as column_name,
        'no_such_officer' as rule,
        'warning' as severity
    from {{ ref('stg_' ~ feed) }} as records
    left join officers
        on records.officer_id = officers.officer_id
    where records.officer_id is not null and officers.officer_id is null
{%- endmacro %}

{# What arrived, or happened, after its phase had closed in the area. #}
{% macro late_issues(feed, phase, event_at=none) -%}
    select
        '{{ feed }}' as feed,
        records.file_id,
        records.record_no,
        {% if event_at %}'{{ event_at }}'{% else %}cast(null as {{ dbt.type_string() }}){% endif %} as column_name,
        case when records.period > windows.end_date then 'late_file' else 'late_event' end as rule,
        'warning' as severity
    from {{ ref('stg_' ~ feed) }} as records
    inner join windows
        on records.area_code = windows.regency_code and windows.phase = '{{ phase }}'
    where records.period > windows.end_date
        {%- if event_at %} or {{ local_date('records.' ~ event_at) }} > windows.end_date{% endif %}
{%- endmacro %}

{% macro orphan_issues(feed, parent, column) -%}
    select
        '{{ feed }}' as feed,
        records.file_id,
        records.record_no,
        '{{ column }}' as column_name,
        'no_such_return' as rule,
        'error' as severity
    from {{ ref('stg_' ~ feed) }} as records
    left join {{ ref('stg_' ~ parent) }} as returns
        on records.{{ column }} = returns.{{ column }} and returns.is_latest
    where returns.{{ column }} is null
{%- endmacro %}

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

{#
    Codes that the newest area table does not hold. One of an older edition is brought to its successor, a warning; without one
    that is certain the record counts only in the area around, an error.
#}
{% macro area_code_issues(feed, column) -%}
    select
        '{{ feed }}' as feed,
        records.file_id,
        records.record_no,
        '{{ column }}' as column_name,
        case
            when stated.is_known and stated.same_level_code is not null then 'area_code_of_other_vintage'
            when stated.is_known then 'area_code_without_successor'
            when other.code is not null then 'area_code_of_other_system'
            else 'unknown_area_code'
        end as rule,
        case when stated.is_known and stated.same_level_code is not null then 'warning' else 'error' end as severity
    from {{ ref('stg_' ~ feed) }} as records
    inner join stated_areas as stated
        on records.{{ column }} = stated.stated_code
    left join successors as other
        on records.{{ column }} = other.code and other.code_system <> 'bps'
    where not stated.is_newest and records.{{ column }} <> '00'
{%- endmacro %}

{% macro registry_code_issues() -%}
    select
        'registry' as feed,
        records.file_id,
        records.record_no,
        'kemendagri_code' as column_name,
        case
            when length(own.current_code) = 10 then 'area_code_of_other_vintage'
            when own.code is not null then 'area_code_without_successor'
            when other.code is not null then 'area_code_of_other_system'
            else 'unknown_area_code'
        end as rule,
        case when length(own.current_code) = 10 then 'warning' else 'error' end as severity
    from {{ ref('stg_registry') }} as records
    left join successors as own
        on records.kemendagri_code = own.code and own.code_system = 'kemendagri'
    left join successors as other
        on records.kemendagri_code = other.code and other.code_system <> 'kemendagri'
    where records.kemendagri_code is not null and own.is_newest is not true
{%- endmacro %}

{# Records that give an area another name than most do. #}
{% macro area_name_issues(level) -%}
    select
        'area' as feed,
        records.file_id,
        records.record_no,
        '{{ level }}_name' as column_name,
        'area_name_differs' as rule,
        'error' as severity
    from areas as records
    inner join work_areas
        on records.sls_code = work_areas.sls_code
    where records.{{ level }}_name <> work_areas.{{ level }}_name
{%- endmacro %}

{# Records of a snapshot whose natural key another record of the same snapshot has. #}
{% macro doubled_key_issues(feed) -%}
    select
        '{{ feed }}' as feed,
        records.file_id,
        records.record_no,
        cast(null as {{ dbt.type_string() }}) as column_name,
        'natural_key_twice' as rule,
        'error' as severity
    from {{ ref('stg_' ~ feed) }} as records
    inner join {{ feed }}_keys as doubled
        on records.natural_key = doubled.natural_key
    where records.is_latest
{%- endmacro %}

{# Texts that would be published and may not be; each is looked at once, however many records have it. #}
{% macro text_issues(feed, column) -%}
    select
        '{{ feed }}' as feed,
        file_id,
        record_no,
        '{{ column }}' as column_name,
        'text_not_publishable' as rule,
        'error' as severity
    from {{ ref('stg_' ~ feed) }}
    where is_latest and {{ column }} in (
        select texts.{{ column }}
        from (select distinct {{ column }} from {{ ref('stg_' ~ feed) }} where is_latest) as texts
        where not {{ is_publishable('texts.' ~ column) }}
    )
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

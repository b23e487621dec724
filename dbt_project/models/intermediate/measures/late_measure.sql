with

late_records as (
    select distinct
        feed,
        file_id,
        record_no
    from {{ ref('record_issue') }}
    where rule in ('late_file', 'late_event')
),

{% set columns = {'online_household': 'stated_area_code', 'verification': 'sls_code', 'interview_household': 'sls_code'} -%}
{% for feed, column in columns.items() -%}
{{ feed }} as (
    {{ placed_records('stg_' ~ feed, column) }}
    where records.is_latest
),

{% endfor -%}
-- A submission, a line and a questionnaire each once; the people on a form are as late as their form.
arrivals as (
    {% for feed in columns -%}
    select
        '{{ feed }}' as feed,
        file_id,
        record_no,
        period,
        unit_code,
        {{ perturbation_key('interview' if feed == 'interview_household' else 'late record', 'natural_key') }} as perturbation_key
    from {{ feed }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

late as (
    select arrivals.*
    from arrivals
    inner join late_records
        on arrivals.feed = late_records.feed
        and arrivals.file_id = late_records.file_id
        and arrivals.record_no = late_records.record_no
),

final as (
    {{ measured('late', "'late_record'", 'period') }}
)

select * from final

{% set feeds = [
    'area', 'officer', 'registry', 'online_household', 'online_person', 'verification', 'interview_household', 'interview_person',
    'pes_person', 'asn', 'outreach', 'control_total',
] %}
{# dbt finds out what a model reads before the contracts are known. #}
{% for feed in feeds %}{% do source('raw', feed) %}{% endfor %}
{% set values = ['number', 'name', 'sex', 'birth_date', 'place', 'outcome'] %}

with

sides as (
    select * from {{ ref('corrected_file') }}
),

records as (
    {% if execute -%}
    {% for feed in feeds -%}
    {{ records_of_corrections(feed) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
    {% else -%}
    select null as nothing
    {%- endif %}
),

-- A key that occurs twice meets its first and its second.
numbered as (
    select
        records.*,
        row_number() over (
            partition by correction_code, is_after, record_key order by {{ values | join(' nulls last, ') }} nulls last
        ) as copy_no
    from records
),

later as (
    select * from numbered where is_after
),

former as (
    select * from numbered where not is_after
),

paired as (
    select
        coalesce(later.correction_code, former.correction_code) as correction_code,
        case when former.record_key is not null then 1 else 0 end as is_before,
        case when later.record_key is not null then 1 else 0 end as is_after,
        {% for value in values -%}
        case when coalesce(later.{{ value }}, '') <> coalesce(former.{{ value }}, '') then 1 else 0 end as {{ value }}_changed
        {{- "," if not loop.last }}
        {% endfor -%}
    from later
    full outer join former
        on later.correction_code = former.correction_code
        and later.record_key = former.record_key
        and later.copy_no = former.copy_no
),

totals as (
    select
        correction_code,
        sum(is_before) as before_count,
        sum(is_after) as after_count,
        sum(is_before * (1 - is_after)) as lost_count,
        sum(is_after * (1 - is_before)) as added_count,
        {% for value in values -%}
        sum(is_before * is_after * {{ value }}_changed) as {{ value }}_changed_count{{ "," if not loop.last }}
        {% endfor -%}
    from paired
    group by correction_code
),

corrections as (
    select distinct
        correction_code,
        feed
    from sides
),

final as (
    select
        corrections.correction_code,
        corrections.feed,
        case when corrections.correction_code like 'file %' then 'file' else 'snapshot' end as correction_kind,
        {% for count in ['before', 'after', 'lost', 'added'] -%}
        cast(coalesce(totals.{{ count }}_count, 0) as bigint) as {{ count }}_count,
        {% endfor -%}
        {% for value in values -%}
        cast(coalesce(totals.{{ value }}_changed_count, 0) as bigint) as {{ value }}_changed_count{{ "," if not loop.last }}
        {% endfor -%}
    from corrections
    left join totals
        on corrections.correction_code = totals.correction_code
)

select * from final

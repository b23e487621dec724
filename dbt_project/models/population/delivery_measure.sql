{% set group_kinds = {
    'feed': 'measures.feed', 'file': 'cast(measures.file_id as ' ~ dbt.type_string() ~ ')', 'officer': 'measures.officer_id', 'village': 'measures.village_code',
} %}
{% set names = [
    'number_sex_differs', 'number_birth_differs', 'name_differs', 'sex_differs', 'birth_year_differs', 'village_differs',
    'religion_differs', 'marital_status_differs', 'relationship_differs', 'education_differs', 'not_here',
    'died', 'not_found', 'doubtful', 'elsewhere', 'new', 'unanswered',
] %}

with

compared as (
    select * from {{ ref('compared_record') }}
),

interview_households as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest
),

grouped as (
    select
        feed,
        file_id,
        officer_id,
        village_code,
        {% for measure in names -%}
        count({{ measure }}) as {{ measure }}_whole,
        coalesce(sum({{ measure }}), 0) as {{ measure }}_part{{ "," if not loop.last }}
        {% endfor -%}
    from compared
    group by feed, file_id, officer_id, village_code
),

-- A visit without an answer has no person.
visits as (
    select
        file_id,
        officer_id,
        substr(current_code, 1, 10) as village_code,
        count(*) as unanswered_whole,
        sum(case when outcome in ('complete', 'partial') then 0 else 1 end) as unanswered_part
    from interview_households
    group by file_id, officer_id, substr(current_code, 1, 10)
),

measure_names as (
    {% for measure in names -%}
    select '{{ measure }}' as measure
    {{ "union all" if not loop.last }}
    {% endfor %}
),

group_kinds as (
    {% for kind in group_kinds -%}
    select '{{ kind }}' as group_kind
    {{ "union all" if not loop.last }}
    {% endfor %}
),

measures as (
    select
        grouped.feed,
        grouped.file_id,
        grouped.officer_id,
        grouped.village_code,
        measure_names.measure,
        {% for count in ['whole', 'part'] -%}
        case measure_names.measure
            {%- for measure in names %}
            when '{{ measure }}' then grouped.{{ measure }}_{{ count }}
            {%- endfor %}
        end as {{ count }}_count{{ "," if not loop.last }}
        {% endfor %}
    from grouped
    cross join measure_names

    union all

    select
        'interview_household' as feed,
        file_id,
        officer_id,
        village_code,
        'unanswered' as measure,
        unanswered_whole as whole_count,
        unanswered_part as part_count
    from visits
),

coded as (
    select
        measures.feed,
        group_kinds.group_kind,
        case group_kinds.group_kind
            {%- for kind, code in group_kinds.items() %}
            when '{{ kind }}' then {{ code }}
            {%- endfor %}
        end as group_code,
        measures.measure,
        measures.whole_count,
        measures.part_count
    from measures
    cross join group_kinds
    where measures.whole_count > 0
),

final as (
    select
        feed,
        group_kind,
        group_code,
        measure,
        cast(sum(whole_count) as bigint) as whole_count,
        cast(sum(part_count) as bigint) as part_count
    from coded
    where group_code is not null
    group by feed, group_kind, group_code, measure
)

select * from final

{% set group_kinds = {
    'feed': 'feed', 'file': 'cast(file_id as ' ~ dbt.type_string() ~ ')', 'officer': 'officer_id', 'village': 'village_code',
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

measures as (
    {% for measure in names -%}
    select
        feed,
        file_id,
        officer_id,
        village_code,
        '{{ measure }}' as measure,
        {{ measure }}_whole as whole_count,
        {{ measure }}_part as part_count
    from grouped

    union all

    {% endfor -%}
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

final as (
    {% for kind, code in group_kinds.items() -%}
    select
        feed,
        '{{ kind }}' as group_kind,
        {{ code }} as group_code,
        measure,
        cast(sum(whole_count) as bigint) as whole_count,
        cast(sum(part_count) as bigint) as part_count
    from measures
    where {{ code }} is not null
    group by 1, 2, 3, 4
    having sum(whole_count) > 0
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
)

select * from final

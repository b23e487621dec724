{% set group_kinds = ['feed', 'file', 'officer', 'village'] %}
{% set outcomes = {
    'died': ['died'],
    'not_found': ['not_found'],
    'doubtful': ['doubtful', 'unknown_status'],
    'elsewhere': ['card_here_lives_elsewhere', 'online_elsewhere', 'interview_elsewhere', 'pes_non_resident'],
    'new': ['new_born', 'new_moved_in', 'new_unrecorded'],
    'unanswered': ['draft', 'online_unmatched', 'interview_incomplete'],
} %}
{# Of lists: lines of the registry, which an officer found as they stand or did not. #}
{% set found = ['present_card_here'] %}
{% set not_here = ['died', 'not_found', 'doubtful', 'unknown_status', 'card_here_lives_elsewhere'] %}
{% set characteristics = ['religion', 'marital_status', 'relationship', 'education'] %}
{% set agreements = [
    'number_sex_differs', 'number_birth_differs', 'name_differs', 'sex_differs', 'birth_year_differs', 'village_differs',
    'religion_differs', 'marital_status_differs', 'relationship_differs', 'education_differs', 'not_here',
] %}

with

evidence as (
    select
        *,
        substr(name_key, 1, 3) as name_start,
        extract(year from birth_date) as birth_year,
        cast(birth_date as {{ dbt.type_string() }}) as birth_text
    from {{ ref('person_evidence') }}
    where is_latest
),

links as (
    select * from {{ source('population', 'person_record') }}
),

verifications as (
    select * from {{ ref('stg_verification') }} where is_latest
),

interview_households as (
    {{ placed_records('stg_interview_household') }}
    where records.is_latest
),

interview_persons as (
    select * from {{ ref('stg_interview_person') }} where is_latest
),

officers as (
    select
        'verification' as feed,
        file_id,
        record_no,
        officer_id
    from verifications

    union all

    select
        'interview_person' as feed,
        interview_persons.file_id,
        interview_persons.record_no,
        interview_households.officer_id
    from interview_persons
    inner join interview_households
        on interview_persons.interview_id = interview_households.interview_id
),

-- Lists and the survey after the census do not ask for characteristics.
characterized as (
    select
        evidence.feed,
        evidence.file_id,
        evidence.record_no,
        {% for value in characteristics -%}
        case when evidence.{{ value }} is not null then
            count(evidence.{{ value }}) over (partition by links.person_id)
            - count(evidence.{{ value }}) over (partition by links.person_id, evidence.feed)
        end as {{ value }}_others,
        count(*) over (partition by links.person_id, evidence.{{ value }})
        - count(*) over (partition by links.person_id, evidence.feed, evidence.{{ value }}) as {{ value }}_equal{{ "," if not loop.last }}
        {% endfor -%}
    from evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    where evidence.feed in ('registry', 'online_person', 'interview_person')
),

-- The records of one number and of one person, and how many of other feeds say the same.
counted as (
    select
        evidence.feed,
        evidence.file_id,
        officers.officer_id,
        evidence.village_code,
        evidence.evidence,
        evidence.nik,
        evidence.sex,
        evidence.birth_text,
        {% for value in characteristics -%}
        characterized.{{ value }}_others,
        characterized.{{ value }}_equal,
        {% endfor -%}
        {% for value, key in [('name_start', 'nik'), ('sex', 'person_id'), ('birth_year', 'person_id'), ('village_code', 'person_id')] -%}
        case when {{ key }} is not null and {{ value }} is not null then
            count({{ value }}) over (partition by {{ key }})
            - count({{ value }}) over (partition by {{ key }}, evidence.feed)
        end as {{ value }}_others,
        count(*) over (partition by {{ key }}, {{ value }})
        - count(*) over (partition by {{ key }}, evidence.feed, {{ value }}) as {{ value }}_equal{{ "," if not loop.last }}
        {% endfor -%}
    from evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    left join officers
        on evidence.feed = officers.feed
        and evidence.file_id = officers.file_id
        and evidence.record_no = officers.record_no
    left join characterized
        on evidence.feed = characterized.feed
        and evidence.file_id = characterized.file_id
        and evidence.record_no = characterized.record_no
),

compared as (
    select
        feed,
        file_id,
        officer_id,
        village_code,
        case when nik is not null and sex is not null then
            case when substr(nik, 7, 1) >= '4' and sex = 'female' or substr(nik, 7, 1) < '4' and sex = 'male' then 0 else 1 end
        end as number_sex_differs,
        case when nik is not null and birth_text is not null then
            case when substr(nik, 9, 4) = substr(birth_text, 6, 2) || substr(birth_text, 3, 2) then 0 else 1 end
        end as number_birth_differs,
        case when name_start_others > 0 then case when name_start_equal = 0 then 1 else 0 end end as name_differs,
        case when sex_others > 0 then case when sex_equal = 0 then 1 else 0 end end as sex_differs,
        case when birth_year_others > 0 then case when birth_year_equal = 0 then 1 else 0 end end as birth_year_differs,
        case when village_code_others > 0 then case when village_code_equal = 0 then 1 else 0 end end as village_differs,
        {% for value in characteristics -%}
        case when {{ value }}_others > 0 then case when {{ value }}_equal = 0 then 1 else 0 end end as {{ value }}_differs,
        {% endfor -%}
        case
            when evidence in ('{{ not_here | join("', '") }}') then 1
            when evidence in ('{{ found | join("', '") }}') then 0
        end as not_here,
        {% for outcome, said in outcomes.items() -%}
        case when evidence in ('{{ said | join("', '") }}') then 1 else 0 end as {{ outcome }}{{ "," if not loop.last }}
        {% endfor -%}
    from counted
),

grouped as (
    select
        feed,
        file_id,
        officer_id,
        village_code,
        {% for measure in agreements + outcomes.keys() | list -%}
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
    {% for measure in agreements + outcomes.keys() | list -%}
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
    {% for kind in group_kinds -%}
    select
        feed,
        '{{ kind }}' as group_kind,
        {% if kind == 'feed' -%}
        feed as group_code,
        {%- elif kind == 'file' -%}
        cast(file_id as {{ dbt.type_string() }}) as group_code,
        {%- else -%}
        {{ kind }}_{{ 'id' if kind == 'officer' else 'code' }} as group_code,
        {%- endif %}
        measure,
        cast(sum(whole_count) as bigint) as whole_count,
        cast(sum(part_count) as bigint) as part_count
    from measures
    {%- if kind in ('officer', 'village') %}
    where {{ kind }}_{{ 'id' if kind == 'officer' else 'code' }} is not null
    {%- endif %}
    group by 1, 2, 3, 4
    having sum(whole_count) > 0
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
)

select * from final

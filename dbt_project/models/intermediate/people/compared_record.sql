{{ config(materialized='view') }}

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
{# What is compared, and whose records are: those of one NIK or those of one person. #}
{% set values = {
    'name_start': 'nik', 'sex': 'person_id', 'birth_year': 'person_id', 'village_code': 'person_id',
    'religion': 'person_id', 'marital_status': 'person_id', 'relationship': 'person_id', 'education': 'person_id',
} %}
{% set measures = {'name_start': 'name', 'village_code': 'village'} %}
{% set given = ['feed', 'file_id', 'record_no', 'officer_id', 'village_code', 'evidence', 'nik', 'sex', 'birth_text'] %}
{% set varies -%}
    {% for value, key in values.items() %}{{ value }}_varies{{ ' and nik is not null' if key == 'nik' }}{{ ' or ' if not loop.last }}{% endfor %}
{%- endset %}

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

officers as (
    select
        'verification' as feed,
        file_id,
        record_no,
        officer_id
    from {{ ref('stg_verification') }}
    where is_latest

    union all

    select
        'interview_person' as feed,
        interview_persons.file_id,
        interview_persons.record_no,
        interview_households.officer_id
    from {{ ref('stg_interview_person') }} as interview_persons
    inner join {{ ref('stg_interview_household') }} as interview_households
        on interview_persons.interview_id = interview_households.interview_id
    where interview_persons.is_latest and interview_households.is_latest
),

records as (
    select
        evidence.*,
        links.person_id,
        officers.officer_id
    from evidence
    inner join {{ source('population', 'person_record') }} as links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    left join officers
        on evidence.feed = officers.feed
        and evidence.file_id = officers.file_id
        and evidence.record_no = officers.record_no
),

-- Whether another feed states the value of the same NIK or person: it is then the first or last of those that do. Most groups
-- state one value only, and need no comparing.
stated as (
    select
        person_id,
        {{ given | join(',\n        ') }},
        {% for value, key in values.items() -%}
        {% if value not in given %}{{ value }},
        {% endif -%}
        case when {{ key }} is not null and {{ value }} is not null then
            min(case when {{ value }} is not null then feed end) over (partition by {{ key }}) <> feed
            or max(case when {{ value }} is not null then feed end) over (partition by {{ key }}) <> feed
        end as {{ value }}_is_stated,
        min({{ value }}) over (partition by {{ key }}) <> max({{ value }}) over (partition by {{ key }}) as {{ value }}_varies
        {{- "," if not loop.last }}
        {% endfor -%}
    from records
),

-- Whether another feed states the same value, in the same way.
compared as (
    select
        {{ given | join(',\n        ') }},
        {% for value, key in values.items() -%}
        {{ value }}_is_stated,
        {{ value }}_varies is not true
        or min(feed) over (partition by {{ key }}, {{ value }}) <> feed
        or max(feed) over (partition by {{ key }}, {{ value }}) <> feed as {{ value }}_is_same{{ "," if not loop.last }}
        {% endfor -%}
    from stated
    where {{ varies }}

    union all

    select
        {{ given | join(',\n        ') }},
        {% for value in values -%}
        {{ value }}_is_stated,
        true as {{ value }}_is_same{{ "," if not loop.last }}
        {% endfor -%}
    from stated
    where ({{ varies }}) is not true
),

final as (
    select
        feed,
        file_id,
        record_no,
        officer_id,
        village_code,
        case when nik is not null and sex is not null then
            case when substr(nik, 7, 1) >= '4' and sex = 'female' or substr(nik, 7, 1) < '4' and sex = 'male' then 0 else 1 end
        end as number_sex_differs,
        case when nik is not null and birth_text is not null then
            case when substr(nik, 9, 4) = substr(birth_text, 6, 2) || substr(birth_text, 3, 2) then 0 else 1 end
        end as number_birth_differs,
        {% for value in values -%}
        case when {{ value }}_is_stated then
            case when {{ value }}_is_same then 0 else 1 end
        end as {{ measures.get(value, value) }}_differs,
        {% endfor -%}
        case
            when evidence in ('{{ not_here | join("', '") }}') then 1
            when evidence in ('{{ found | join("', '") }}') then 0
        end as not_here,
        {% for outcome, said in outcomes.items() -%}
        case when evidence in ('{{ said | join("', '") }}') then 1 else 0 end as {{ outcome }}{{ "," if not loop.last }}
        {% endfor -%}
    from compared
)

select * from final

{{ config(materialized='view') }}

{% set outcomes = {
    'died': ['died'],
    'not_found': ['not_found'],
    'doubtful': ['doubtful', 'unknown_status'],
    'elsewhere': ['card_here_lives_elsewhere', 'online_elsewhere', 'interview_elsewhere', 'pes_non_resident'],
    'new': ['new_born', 'new_moved_in', 'new_unrecorded'],
    'unanswered': ['draft', 'online_unmatched', 'interview_incomplete'],
} %}
{# What officers say of a registry's line of which the person does not live there; else they say present_card_here. #}
{% set not_here = ['died', 'not_found', 'doubtful', 'unknown_status', 'card_here_lives_elsewhere'] %}
{# What is compared among the records of one person; of one NIK only the start of the name. #}
{% set of_persons = ['sex', 'birth_year', 'village_code', 'religion', 'marital_status', 'relationship', 'education'] %}
{% set values = ['name_start'] + of_persons %}
{% set measures = {'name_start': 'name', 'village_code': 'village'} %}
{% set given = ['feed', 'file_id', 'record_no', 'officer_id', 'village_code', 'evidence', 'number_sex_differs', 'number_birth_differs'] %}
{% set varies = values | join('_varies or ') ~ '_varies' %}

with

links as (
    select * from {{ source('population', 'person_record') }}
),

records as (
    select
        links.person_id,
        evidence.feed,
        evidence.file_id,
        evidence.record_no,
        evidence.officer_id,
        evidence.evidence,
        evidence.nik,
        substr(evidence.name_key, 1, 3) as name_start,
        extract(year from evidence.birth_date) as birth_year,
        {% for value in of_persons if value != 'birth_year' -%}
        evidence.{{ value }},
        {% endfor -%}
        case when evidence.nik is not null and evidence.sex is not null then
            case when substr(evidence.nik, 7, 1) >= '4' and evidence.sex = 'female' or substr(evidence.nik, 7, 1) < '4' and evidence.sex = 'male' then 0 else 1 end
        end as number_sex_differs,
        case when evidence.nik is not null and evidence.birth_date is not null then
            case
                when substr(evidence.nik, 9, 4)
                    = substr(cast(evidence.birth_date as {{ dbt.type_string() }}), 6, 2) || substr(cast(evidence.birth_date as {{ dbt.type_string() }}), 3, 2)
                    then 0
                else 1
            end
        end as number_birth_differs
    from {{ ref('person_evidence') }} as evidence
    inner join links
        on evidence.feed = links.feed
        and evidence.file_id = links.file_id
        and evidence.record_no = links.record_no
    where evidence.is_latest
),

numbers as (
    select
        nik,
        min(feed) as first_feed,
        max(feed) as last_feed,
        min(substr(name_key, 1, 3)) <> max(substr(name_key, 1, 3)) as varies
    from {{ ref('person_evidence') }}
    where is_latest and nik is not null and name_key is not null
    group by nik
    {{ computed_once() }}
),

-- Whether another feed states the value of the same NIK or person: it is then the first or last of those that do. Most groups
-- state one value only, and need no comparing.
stated as (
    select
        records.person_id,
        records.nik,
        {% for column in given -%}
        records.{{ column }},
        {% endfor -%}
        {% for value in values if value not in given -%}
        records.{{ value }},
        {% endfor -%}
        case
            when records.name_start is not null then numbers.first_feed <> records.feed or numbers.last_feed <> records.feed
        end as name_start_is_stated,
        numbers.varies as name_start_varies,
        {% for value in of_persons -%}
        case when records.{{ value }} is not null then
            min(case when records.{{ value }} is not null then records.feed end) over (partition by records.person_id) <> records.feed
            or max(case when records.{{ value }} is not null then records.feed end) over (partition by records.person_id) <> records.feed
        end as {{ value }}_is_stated,
        min(records.{{ value }}) over (partition by records.person_id)
        <> max(records.{{ value }}) over (partition by records.person_id) as {{ value }}_varies{{ "," if not loop.last }}
        {% endfor -%}
    from records
    left join numbers
        on records.nik = numbers.nik
),

-- Whether another feed states the same value, in the same way.
compared as (
    select
        {{ given | join(',\n        ') }},
        {% for value in values -%}
        {%- set key = 'nik' if value == 'name_start' else 'person_id' -%}
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
        number_sex_differs,
        number_birth_differs,
        {% for value in values -%}
        case when {{ value }}_is_stated then
            case when {{ value }}_is_same then 0 else 1 end
        end as {{ measures.get(value, value) }}_differs,
        {% endfor -%}
        case
            when evidence in ('{{ not_here | join("', '") }}') then 1
            when evidence = 'present_card_here' then 0
        end as not_here,
        {% for outcome, said in outcomes.items() -%}
        case when evidence in ('{{ said | join("', '") }}') then 1 else 0 end as {{ outcome }}{{ "," if not loop.last }}
        {% endfor -%}
    from compared
)

select * from final

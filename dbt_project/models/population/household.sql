with

persons as (
    select * from {{ ref('person') }} where is_counted
),

members as (
    select * from {{ ref('household_member') }}
),

responses as (
    select * from {{ ref('person_response') }}
),

evidence as (
    select * from {{ ref('person_evidence') }}
),

homes as (
    select * from {{ ref('stated_housing') }}
),

gathered as (
    select
        members.household_id,
        min(members.sls_code) as sls_code,
        min(members.area_code) as area_code,
        count(*) as members,
        min(members.head_person_id) as head_person_id,
        min(members.head_rule) as head_rule,
        case
            when count(responses.is_clean) = 0 then 'not_responded'
            when min(case when responses.is_clean is null or responses.is_clean then 1 else 0 end) = 1 then 'clean'
            else 'not_clean'
        end as clean_status,
        count(responses.is_clean) > 0 as is_responded,
        max(case when persons.deciding_feed in ('verification', 'interview_person') then 1 else 0 end) = 1 as is_verified,
        min(case when persons.deciding_feed in ('verification', 'interview_person') then {{ local_date('evidence.event_at') }} end) as verified_date
    from members
    inner join persons
        on members.person_id = persons.person_id
    inner join evidence
        on persons.deciding_feed = evidence.feed
        and persons.deciding_file_id = evidence.file_id
        and persons.deciding_record_no = evidence.record_no
    left join responses
        on members.person_id = responses.person_id
    group by members.household_id
),

final as (
    select
        gathered.household_id,
        gathered.sls_code,
        gathered.area_code,
        gathered.members,
        gathered.head_person_id,
        gathered.head_rule,
        gathered.clean_status,
        gathered.is_responded,
        gathered.is_verified,
        gathered.verified_date,
        {% for variable in housing_variables() -%}
        coalesce(homes.{{ variable }}, {{ variable }}_donor.value) as {{ variable }},
        case
            when homes.{{ variable }} is not null then 'stated'
            when {{ variable }}_donor.value is not null then 'donor'
            when homes.is_{{ variable }}_asked then 'missing'
            else 'not_asked'
        end as {{ variable }}_flag,
        {% endfor -%}
        {{ perturbation_key('household', 'gathered.household_id') }} as perturbation_key
    from gathered
    inner join homes
        on gathered.household_id = homes.household_id
    {% for variable in housing_variables() -%}
    left join {{ ref('donor_of_' ~ variable) }} as {{ variable }}_donor
        on gathered.household_id = {{ variable }}_donor.household_id
    {% endfor %}
)

select * from final

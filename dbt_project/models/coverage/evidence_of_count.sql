with

people as (
    {{ counted_people('stated_person') }}
),

answers as (
    select person_id from {{ ref('online_answer') }}
),

known as (
    select
        people.unit_code,
        case
            when people.deciding_feed = 'interview_person' then 'interview'
            when people.deciding_feed = 'verification' then 'officer'
            when people.deciding_feed = 'online_person' then 'online'
            else 'registry'
        end as decided_by,
        answers.person_id is not null as has_answered,
        people.perturbation_key
    from people
    left join answers
        on people.person_id = answers.person_id
),

counts as (
    select
        unit_code,
        case when has_answered and decided_by <> 'online' then 'online_and_' || decided_by else decided_by || '_only' end as evidence,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key
    from known
    group by 1, 2
),

final as (
    {{ totals_by_area('counts', ['evidence'], ['person_count', 'person_cell_key']) }}
)

select * from final

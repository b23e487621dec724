with

people as (
    {{ counted_people('stated_person') }}
),

households as (
    select * from {{ ref('person_household') }}
),

restated as (
    select * from {{ ref('relationship_restated') }}
),

-- The head: who is stated as such and can be one, the oldest of several; then who did not say; then who is nearest to one who is not there.
placed as (
    select
        people.*,
        households.household_id,
        -- A birth date that the NIK contradicts makes nobody too young.
        case when people.age < 15 and people.nik_age >= 15 then people.nik_age else coalesce(people.age, people.nik_age) end as likely_age
    from people
    inner join households
        on people.person_id = households.person_id
),

compared as (
    select
        placed.*,
        count(*) over household as members,
        sum(case when relationship = 'head' then 1 else 0 end) over household as stated_heads,
        max(case when relationship = 'spouse' then likely_age end) over household as spouse_age,
        max(case when relationship = 'spouse' then sex end) over household as spouse_sex,
        max(case when relationship = 'child' then likely_age end) over household as oldest_child_age,
        min(case when relationship = 'child' then likely_age end) over household as youngest_child_age,
        max(case when relationship = 'parent' then likely_age end) over household as parent_age
    from placed
    window household as (partition by household_id)
),

ranked as (
    select
        compared.*,
        row_number() over (
            partition by household_id
            order by
                case
                    when likely_age < 15 then 3
                    when relationship = 'head' then 0
                    when likely_age is not null then 1
                    else 2
                end,
                case relationship
                    when 'head' then 0
                    when 'spouse' then 2
                    when 'child' then 3
                    when 'parent' then 4
                    when 'child_in_law' then 5
                    when 'grandchild' then 6
                    when 'other' then 7
                    when 'domestic_worker' then 8
                    else 1
                end,
                -- Of those who did not say: who can have the children and the parent that are stated; then who goes with the spouse;
                -- without one the husband of a couple comes before the wife.
                case
                    when relationship is not null then 0
                    when likely_age - oldest_child_age < 12 or likely_age - youngest_child_age > 54 or parent_age - likely_age < 12 then 1
                    else 0
                end,
                case
                    when relationship is not null then 0
                    when sex = spouse_sex or (spouse_sex is null and sex = 'female' and marital_status = 'married') then 1
                    else 0
                end,
                case when relationship is null then abs(likely_age - spouse_age) end,
                likely_age desc nulls last,
                person_id
        ) as headship
    from compared
),

heads as (
    select
        household_id,
        person_id as head_person_id,
        relationship as head_was,
        case
            when likely_age < 15 then 'nobody_can_be'
            when relationship = 'head' and stated_heads > 1 then 'oldest_of_several_stated'
            when relationship = 'head' then 'stated'
            when members = 1 then 'lives_alone'
            when relationship is null then 'relationship_not_stated'
            when relationship = 'spouse' then 'spouse_of_absent_head'
            else 'nearest_adult'
        end as head_rule
    from ranked
    where headship = 1
),

headed as (
    select
        ranked.*,
        heads.head_rule,
        heads.head_was,
        case when heads.head_rule <> 'nobody_can_be' then heads.head_person_id end as head_person_id
    from ranked
    inner join heads
        on ranked.household_id = heads.household_id
),

related as (
    select
        headed.*,
        case
            when headed.head_person_id is null then null
            when headed.head_person_id = headed.person_id then 'head'
            when headed.head_was = 'head' and headed.relationship = 'head' then null
            when headed.head_was = 'head' or headed.head_was is null or headed.relationship = 'domestic_worker'
                then nullif(headed.relationship, 'head')
            when headed.head_was = 'domestic_worker' and headed.relationship is not null then 'other'
            else restated.relationship
        end as relationship_to_head
    from headed
    left join restated
        on headed.head_was = restated.head_was
        and headed.relationship = restated.member_was
),

final as (
    select
        person_id,
        household_id,
        sls_code,
        area_code,
        members,
        head_person_id,
        head_rule,
        coalesce(head_person_id = person_id, false) as is_head,
        relationship as stated_relationship,
        relationship_to_head as relationship
    from related
)

select * from final

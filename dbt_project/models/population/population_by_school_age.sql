with

people as (
    {{ counted_people() }}
),

pupils as (
    select
        *,
        {{ school_age_group('age') }} as school_age_group
    from people
),

grouped as (
    select
        {{ village_of('unit_code') }} as unit_code,
        coalesce(sex, 'unknown') as sex,
        school_age_group,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key,
        sum(case when activity is not null then 1 else 0 end) as activity_known_person_count,
        sum(case when activity is not null then perturbation_key else 0 end) as activity_known_person_cell_key,
        sum(case when activity = 'studying' then 1 else 0 end) as studying_person_count,
        sum(case when activity = 'studying' then perturbation_key else 0 end) as studying_person_cell_key
    from pupils
    where school_age_group is not null
    group by 1, 2, 3
),

final as (
    {{ totals_by_area(
        'grouped',
        ['sex', 'school_age_group'],
        [
            'person_count',
            'person_cell_key',
            'activity_known_person_count',
            'activity_known_person_cell_key',
            'studying_person_count',
            'studying_person_cell_key',
        ],
    ) }}
)

select * from final

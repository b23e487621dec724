with

areas as (
    select * from {{ ref('work_area') }}
),

submissions as (
    select * from {{ ref('submission') }}
),

persons as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('person') }}
),

-- Of everybody in any source, whom an officer's record decides.
known_people as (
    select
        coalesce(sls_code, area_code) as unit_code,
        deciding_feed,
        perturbation_key
    from {{ ref('stated_person') }}
),

households as (
    select
        *,
        coalesce(sls_code, area_code) as unit_code
    from {{ ref('household') }}
),

final as (
    {% for thing, target in {'household': 'target_households', 'person': 'target_people'}.items() -%}
    select
        sls_code as unit_code,
        cast(null as date) as event_date,
        case when {{ target }} is null then 'no_target_{{ thing }}' else 'target_{{ thing }}' end as measure,
        cast(coalesce({{ target }}, 0) as bigint) as value,
        cast(0 as bigint) as cell_key
    from areas

    union all

    {% endfor -%}
    {{ measured('submissions', "'responded_household'", 'responded_date') }}

    union all

    {{ measured('submissions', "'responded_person'", 'responded_date', value='sum(member_here_count)') }}

    union all

    {{ measured('submissions', "'clean_household'", 'clean_date', 'is_clean') }}

    union all

    select * from {{ ref('field_measure') }}

    union all

    select * from {{ ref('late_measure') }}

    union all

    {{ measured('persons', "case count_status
            when 'counted_confirmed' then 'confirmed_person'
            when 'counted_provisional' then 'provisional_person'
            when 'unresolved' then 'unresolved_person'
            else 'excluded_person'
        end") }}

    union all

    {{ measured('persons', "'counted_person'", condition='is_counted') }}

    union all

    {{ measured('known_people', "'known_person'") }}

    union all

    {{ measured('known_people', "'settled_person'", condition="deciding_feed in ('verification', 'interview_person')") }}

    union all

    {{ measured('households', "'counted_household'") }}

    union all

    {{ measured('households', "'verified_household'", 'verified_date', 'is_verified') }}
)

select * from final

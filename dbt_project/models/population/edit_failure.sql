with

members as (
    select * from {{ ref('stated_member') }}
),

around as (
    {{ in_household('members') }}
),

rules as (
    select * from {{ ref('edit_rule') }}
),

failing as (
    select
        around.*,
        {{ failed_rules(edit_rules()) }} as failed_rules
    from around
    {{ computed_once() }}
),

failures as (
    select
        failing.*,
        parts.part as rule
    from failing
    {{ split_to_rows('failing.failed_rules', ';') }}
    where failing.failed_rules <> ''
),

final as (
    select
        failures.household_id,
        failures.person_id,
        failures.rule,
        rules.severity,
        rules.is_missing,
        rules.fields,
        failures.head_person_id,
        failures.spouse_person_id,
        failures.mother_person_id,
        rules.rule_version
    from failures
    inner join rules
        on failures.rule = rules.rule
)

select * from final

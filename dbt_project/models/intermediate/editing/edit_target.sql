{#
    The answers to change: of each failed hard rule one field. The field that most failures of the household are about comes first,
    then the less reliable one: what the NIK contradicts, and what it confirms last.
#}

with

failures as (
    select * from {{ ref('edit_failure') }} where severity = 'hard' and not is_missing
),

members as (
    select * from {{ ref('stated_member') }}
),

rule_fields as (
    {% for rule in edit_rules() if rule.severity == 'hard' and not rule.is_missing -%}
    {%- set last_rule = loop.last -%}
    {% for whose, field in fields_of(rule) -%}
    select
        '{{ rule.rule }}' as rule,
        '{{ whose }}' as whose,
        '{{ field }}' as field,
        {{ loop.index }} as choice
    {% if not (loop.last and last_rule) %}
    union all

    {% endif -%}
    {% endfor -%}
    {% else -%}
    select null as rule
    {% endfor -%}
),

involved as (
    select
        failures.person_id as failing_person_id,
        failures.rule,
        rule_fields.field,
        rule_fields.choice,
        case rule_fields.whose
            when 'own' then failures.person_id
            when 'head' then failures.head_person_id
            else failures.mother_person_id
        end as person_id
    from failures
    inner join rule_fields
        on failures.rule = rule_fields.rule
),

weighed as (
    select
        involved.*,
        count(*) over (partition by involved.person_id, involved.field) as failures,
        case
            when involved.field = 'age' and abs(members.age - members.nik_age) <= 1 then 2
            when involved.field = 'age' and members.nik_age is not null then 0
            when involved.field = 'sex' and members.sex = members.nik_sex then 2
            when involved.field = 'sex' and members.nik_sex is not null then 0
            else 1
        end as reliability
    from involved
    inner join members
        on involved.person_id = members.person_id
),

chosen as (
    select
        *,
        row_number() over (
            partition by failing_person_id, rule order by case when reliability = 0 then 0 else 1 end, failures desc, reliability, choice, person_id
        ) as place
    from weighed
),

final as (
    select distinct
        person_id,
        field
    from chosen
    where place = 1
)

select * from final

{# Edit rules and the answers they are about; docs/editing.md has the method. #}

{# Answers that are edited, in the order in which a gap is filled. #}
{% macro edited_variables() -%}
    {{ return([
        'sex', 'age', 'relationship', 'marital_status', 'religion', 'ethnicity', 'language', 'citizenship', 'birth_place', 'months_of_stay',
        'education', 'activity', 'employment_status', 'occupation',
    ]) }}
{%- endmacro %}

{% macro housing_variables() -%}
    {{ return(['tenure', 'electricity', 'water', 'toilet', 'floor']) }}
{%- endmacro %}

{# Variable ↦ type, of those that are no text. #}
{% macro variable_type(variable) -%}
    {{ return({'age': 'integer', 'months_of_stay': 'bigint'}.get(variable, 'text')) }}
{%- endmacro %}

{# The list in edit_rule.yml; nothing while dbt parses. #}
{% macro edit_rules() -%}
    {{ return(graph.nodes['model.satu.edit_rule'].config.meta.rules if execute else []) }}
{%- endmacro %}

{% macro edit_rules_version() -%}
    {{ return(graph.nodes['model.satu.edit_rule'].config.meta.version if execute else 0) }}
{%- endmacro %}

{# Pairs of whose answer (own, head, mother) and field, the first choice first. #}
{% macro fields_of(rule) -%}
    {%- set pairs = [] -%}
    {%- for whose, fields in [('own', rule.fields), ('head', rule.head_fields), ('mother', rule.mother_fields)] -%}
    {%- for field in fields or [] -%}{%- do pairs.append([whose, field]) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}

{#
    The people of a relation (person_id, household_id, sex, age, relationship), each with what the rules compare with: the head, the
    spouses and the mother of the head's children.
#}
{% macro in_household(people) -%}
    select
        around.*,
        case when head_sex = 'female' then head_age when spouses = 1 and spouse_sex = 'female' then spouse_age end as mother_age,
        case when head_sex = 'female' then head_person_id when spouses = 1 and spouse_sex = 'female' then spouse_person_id end as mother_person_id
    from (
        select
            members.*,
            max(case when relationship = 'head' then sex end) over household as head_sex,
            max(case when relationship = 'head' then age end) over household as head_age,
            max(case when relationship = 'head' then marital_status end) over household as head_marital_status,
            max(case when relationship = 'head' then education end) over household as head_education,
            sum(case when relationship = 'spouse' then 1 else 0 end) over household as spouses,
            max(case when relationship = 'spouse' then sex end) over household as spouse_sex,
            max(case when relationship = 'spouse' then age end) over household as spouse_age,
            max(case when relationship = 'spouse' then education end) over household as spouse_education,
            min(case when relationship = 'spouse' then person_id end) over household as spouse_person_id
        from {{ people }} as members
        window household as (partition by household_id)
    ) as around
{%- endmacro %}

{# Names of those of `rules` that a person made by `in_household` fails, each between semicolons; empty where none. #}
{% macro failed_rules(rules) -%}
    concat(
            {%- for rule in rules %}
            case when {{ rule.fails_when }} then ';{{ rule.rule }};' else '' end,
            {%- endfor %}
            ''
        )
{%- endmacro %}

{# The CTEs and the select of a table of failed rules, one row per person of the CTE `members` and rule. #}
{% macro edit_failures() -%}
around as (
    {{ in_household('members') }}
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
    inner join {{ ref('edit_rule') }} as rules
        on failures.rule = rules.rule
)

select * from final
{%- endmacro %}

{# The people of deduced_member with the gaps filled by the donors of earlier models; donors is model ↦ variables. #}
{% macro members_with(donors={}) -%}
    {%- set given = donors.values() | sum(start=[]) -%}
    select
        members.person_id,
        members.household_id,
        members.members,
        members.head_person_id,
        members.unit_code,
        members.area_code,
        members.has_nik,
        members.has_form,
        members.has_registry,
        members.is_passing,
        members.head_sex,
        members.head_age,
        members.head_marital_status,
        members.head_education,
        members.spouses - case when members.relationship = 'spouse' then 1 else 0 end as other_spouses,
        case when members.relationship = 'head' then members.spouse_age else members.head_age end as other_age,
        case when members.relationship = 'head' then members.spouse_education else members.head_education end as partner_education
        {%- for variable in edited_variables() %},
        members.is_{{ variable }}_kept,
        members.is_{{ variable }}_asked,
        {%- if variable in given %}
        coalesce(members.{{ variable }}, cast({{ variable }}_donor.value as {{ type_named(variable_type(variable)) }})) as {{ variable }},
        {{ variable }}_donor.donor_person_id as {{ variable }}_donor_person_id
        {%- else %}
        members.{{ variable }}
        {%- endif %}
        {%- endfor %}
    from {{ ref('deduced_member') }} as members
    {%- for model, variables in donors.items() %}
    {%- for variable in variables %}
    left join {{ ref(model) }} as {{ variable }}_donor
        on members.person_id = {{ variable }}_donor.person_id
        and {{ variable }}_donor.variable = '{{ variable }}'
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{# Model ↦ variables that it has donors of, in the order in which they are built; those before `model`. #}
{% macro donors_before(model=none) -%}
    {%- set all = {
        'donor_of_sex_and_age': ['sex', 'age'],
        'donor_of_relationship': ['relationship'],
        'donor_of_marital_status': ['marital_status'],
        'donor_of_origin': ['religion', 'ethnicity', 'language', 'citizenship', 'birth_place'],
        'donor_of_months_of_stay': ['months_of_stay'],
        'donor_of_education': ['education'],
        'donor_of_activity': ['activity'],
        'donor_of_employment_status': ['employment_status'],
        'donor_of_occupation': ['occupation'],
    } -%}
    {%- set before = {} -%}
    {%- for name, variables in all.items() if model is none or (all.keys() | list).index(name) < (all.keys() | list).index(model) -%}
    {%- do before.update({name: variables}) -%}
    {%- endfor -%}
    {{ return(before) }}
{%- endmacro %}

{# The donors of several variables, as `donors_of` found them. #}
{% macro donors_found(variables, unit='person_id') -%}
    {% for variable in variables -%}
    select
        {{ unit }},
        variable,
        value,
        donor_{{ unit }}
    from {{ variable }}_donor
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
{%- endmacro %}

{# An age as classes are made of it: years of the young, five years of the others. #}
{% macro age_band(age, width=5) -%}
    case when {{ age }} < 25 then {{ age }} else {{ age }} - mod({{ age }}, {{ width }}) end
{%- endmacro %}

{#
    Whether some record of the person has the question: every record sex and birth date, a form or the registry what both ask, a form the
    rest. People without one are not made up from the little that is known of them.
#}
{% macro has_source(variable) -%}
    {%- if variable in ['sex', 'age'] -%}
    true
    {%- elif variable in ['relationship', 'marital_status', 'religion', 'education', 'birth_place'] -%}
    (has_form or has_registry)
    {%- else -%}
    has_form
    {%- endif -%}
{%- endmacro %}

{# Whether an answer is missing that the person was asked for: a gap to fill. #}
{% macro is_gap(variable) -%}
    {{ variable }} is null and is_{{ variable }}_asked and {{ has_source(variable) }}
    {%- if variable == 'activity' %} and age >= 5
    {%- elif variable in ('employment_status', 'occupation') %} and activity = 'working'
    {%- endif %}
{%- endmacro %}

{#
    CTEs that give each gap in `variable` of the people in the CTE `members` a donor, the last of them <variable>_donor: person_id,
    variable, value, donor_person_id.

    Donors stated the value and fail no rule. levels are the classes to look in, the narrowest first: of {key, least, load}, key a list of
    expressions that recipient and donor agree in (none of them null), least the donors that a class needs (5 where not given), load
    how many recipients a donor of the class may have (1 where not given). near orders the donors of a class.

    Of the five donors around the recipient in that order one is drawn by a hash of the two numbers: it stays while the five do. A donor
    gives at most five times: thrice where it was drawn first, once each where it is the second or third choice.
#}
{% macro donors_of(variable, levels, near, unit='person_id', donor='is_passing') -%}
    {%- set text = 'cast(' ~ variable ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set draw = hash_number("'" ~ variable ~ " ' || cast(" ~ unit ~ " as " ~ dbt.type_string() ~ ") || ' ' || cast(donor_" ~ unit ~ " as " ~ dbt.type_string() ~ ")") -%}
{{ variable }}_keyed as (
    select
        {{ unit }},
        {{ text }} as value,
        {{ near }} as near,
        unit_code,
        case when {{ is_gap(variable) }} then 1 else 0 end as is_recipient,
        case when {{ donor }} and is_{{ variable }}_kept then 1 else 0 end as is_donor
        {%- for level in levels %},
        {% for part in level.key -%}
        cast({{ part }} as {{ dbt.type_string() }}){{ " || '|' || " if not loop.last }}
        {%- endfor %} as key_{{ loop.index }}
        {%- endfor %}
    from members
    {{ computed_once() }}
),

{{ variable }}_sized as (
    select
        keyed.*
        {%- for level in levels %},
        sum(is_donor) over (partition by key_{{ loop.index }}) as donors_{{ loop.index }},
        sum(is_recipient) over (partition by key_{{ loop.index }}) as recipients_{{ loop.index }}
        {%- endfor %}
    from {{ variable }}_keyed as keyed
    where is_donor = 1 or is_recipient = 1
),

{{ variable }}_leveled as (
    select
        sized.*,
        case
            {%- for level in levels %}
            when
                key_{{ loop.index }} is not null and donors_{{ loop.index }} >= {{ level.get('least', 5) }}
                and recipients_{{ loop.index }} <= donors_{{ loop.index }} * {{ level.get('load', 1) }} then {{ loop.index }}
            {%- endfor %}
        end as level
    from {{ variable }}_sized as sized
),

{{ variable }}_sought as (
    select
        leveled.*
        {%- for level in levels %},
        max(case when is_recipient = 1 and level = {{ loop.index }} then 1 else 0 end) over (partition by key_{{ loop.index }}) as is_sought_{{ loop.index }}
        {%- endfor %}
    from {{ variable }}_leveled as leveled
),

-- A recipient is in the narrowest class that will do, a donor in each of its own that a recipient is in.
{{ variable }}_classed as (
    select
        sought.{{ unit }},
        sought.value,
        sought.near,
        sought.unit_code,
        sought.is_donor,
        case levels.number
            {%- for level in levels %}
            when {{ loop.index }} then '{{ loop.index }} ' || sought.key_{{ loop.index }}
            {%- endfor %}
        end as class
    from {{ variable }}_sought as sought
    cross join (
        {% for level in levels -%}
        select {{ loop.index }} as number{{ " union all " if not loop.last }}
        {%- endfor %}
    ) as levels
    where
        case
            when sought.is_recipient = 1 then levels.number = sought.level
            {%- for level in levels %}
            when levels.number = {{ loop.index }} then sought.key_{{ loop.index }} is not null and sought.is_sought_{{ loop.index }} = 1
            {%- endfor %}
        end
),

{{ variable }}_lined_up as (
    select
        classed.*,
        sum(is_donor) over (partition by class order by near, unit_code, {{ unit }} rows unbounded preceding) as place,
        sum(is_donor) over (partition by class) as donors
    from {{ variable }}_classed as classed
),

-- Each recipient asks at five places, and whoever is at the place answers: sorted together, which needs no join.
{{ variable }}_asked as (
    select
        lined_up.{{ unit }},
        lined_up.value,
        lined_up.class,
        lined_up.is_donor,
        steps.step + case
            when lined_up.is_donor = 1 then lined_up.place
            when lined_up.donors <= 5 or lined_up.place < 3 then 1
            when lined_up.place + 2 > lined_up.donors then lined_up.donors - 4
            else lined_up.place - 2
        end as place
    from {{ variable }}_lined_up as lined_up
    cross join (
        select 0 as step union all select 1 as step union all select 2 as step union all select 3 as step union all select 4 as step
    ) as steps
    where lined_up.is_donor = 0 or steps.step = 0
),

{{ variable }}_answered as (
    select
        {{ unit }},
        is_donor,
        max(case when is_donor = 1 then {{ unit }} end) over (partition by class, place) as donor_{{ unit }},
        max(case when is_donor = 1 then value end) over (partition by class, place) as value
    from {{ variable }}_asked
),

{{ variable }}_drawn as (
    select
        {{ unit }},
        donor_{{ unit }},
        value,
        row_number() over (partition by {{ unit }} order by {{ draw }}, donor_{{ unit }}) as choice
    from {{ variable }}_answered
    where is_donor = 0 and donor_{{ unit }} is not null
),

{{ variable }}_used as (
    select
        *,
        row_number() over (partition by donor_{{ unit }}, choice order by {{ unit }}) as use
    from {{ variable }}_drawn
    where choice <= 3
),

{{ variable }}_taken as (
    select
        *,
        row_number() over (partition by {{ unit }} order by choice) as turn
    from {{ variable }}_used
    where use <= case choice when 1 then 3 else 1 end
),

{{ variable }}_donor as (
    select
        {{ unit }},
        '{{ variable }}' as variable,
        value,
        donor_{{ unit }}
    from {{ variable }}_taken
    where turn = 1
)
{%- endmacro %}

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
            max(case when relationship = 'head' then birth_place end) over household as head_birth_place,
            max(case when relationship = 'head' then months_of_stay end) over household as head_months_of_stay,
            sum(case when relationship = 'spouse' then 1 else 0 end) over household as spouses,
            max(case when relationship = 'spouse' then sex end) over household as spouse_sex,
            max(case when relationship = 'spouse' then age end) over household as spouse_age,
            max(case when relationship = 'spouse' then education end) over household as spouse_education,
            max(case when relationship = 'spouse' then birth_place end) over household as spouse_birth_place,
            max(case when relationship = 'spouse' then months_of_stay end) over household as spouse_months_of_stay,
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

{# The people of deduced_member, the gaps in `filled` filled by their donors. #}
{% macro members_with(filled) -%}
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
        members.is_nik_of_regency,
        members.is_passing,
        members.head_sex,
        members.head_age,
        members.head_marital_status,
        members.head_education,
        members.spouses - case when members.relationship = 'spouse' then 1 else 0 end as other_spouses,
        case when members.relationship = 'head' then members.spouse_age else members.head_age end as other_age,
        case when members.relationship = 'head' then members.spouse_education else members.head_education end as partner_education,
        case when members.relationship = 'head' then members.spouse_birth_place else members.head_birth_place end as partner_birth_place,
        case when members.relationship = 'head' then members.spouse_months_of_stay else members.head_months_of_stay end as partner_months_of_stay
        {%- for variable in edited_variables() %},
        members.is_{{ variable }}_kept,
        members.is_{{ variable }}_asked,
        {%- if variable in filled %}
        coalesce(members.{{ variable }}, cast({{ variable }}_donor.value as {{ type_named(variable_type(variable)) }})) as {{ variable }},
        {{ variable }}_donor.donor_person_id as {{ variable }}_donor_person_id
        {%- else %}
        members.{{ variable }}
        {%- endif %}
        {%- endfor %}
    from {{ ref('deduced_member') }} as members
    {%- for variable in filled %}
    left join {{ ref('donor_of_' ~ variable) }} as {{ variable }}_donor
        on members.person_id = {{ variable }}_donor.person_id
    {%- endfor %}
{%- endmacro %}

{# The classes of an answer about the home: alike in all else that is said of it, then in the head's education and the village. #}
{% macro like_homes(variable) -%}
    {%- set others = housing_variables() | reject('equalto', variable) | list -%}
    {%- set village = 'substr(unit_code, 1, 10)' -%}
    {{ return([
        {'key': others + ['head_education']},
        {'key': others},
        {'key': ['head_education', village]},
        {'key': [village]},
        {'key': ["'every home'"]},
    ]) }}
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
    The CTEs and the select of a table of donors, one row per gap in `variable` of the CTE `members`: person_id, variable, value,
    donor_person_id.

    Donors stated the value and fail no hard rule. levels are the classes to look in, the narrowest first: of {key, least, load}, key a list of
    expressions that recipient and donor agree in (none of them null), least the donors that a class needs (5 where not given), load
    how many recipients a donor of the class may have (1 where not given). near orders the donors of a class.

    Of the five donors around the recipient in that order one is drawn by a hash of the two numbers: it stays while the five do. A donor
    gives at most five times: thrice where it was drawn first, once each where it is the second or third choice.
#}
{% macro donors_of(variable, levels, near, unit='person_id', donor='is_passing') -%}
    {%- set text = 'cast(' ~ variable ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set draw = hash_number("'" ~ variable ~ " ' || cast(" ~ unit ~ " as " ~ dbt.type_string() ~ ") || ' ' || cast(donor_" ~ unit ~ " as " ~ dbt.type_string() ~ ")") -%}
keyed as (
    select
        {{ unit }},
        {{ text }} as value,
        {{ near }} as near,
        unit_code,
        ({{ is_gap(variable) }}) as is_recipient,
        ({{ donor }} and is_{{ variable }}_kept) as is_donor
        {%- for level in levels %},
        '{{ loop.index }}'{% for part in level.key %} || '|' || cast({{ part }} as {{ dbt.type_string() }}){% endfor %} as key_{{ loop.index }}
        {%- endfor %}
    from members
    where ({{ is_gap(variable) }}) or ({{ donor }} and is_{{ variable }}_kept)
    {{ computed_once() }}
),

sized as (
    select
        case
            {%- for level in levels %}
            when grouping(key_{{ loop.index }}) = 0 then {{ loop.index }}
            {%- endfor %}
        end as level,
        coalesce({% for level in levels %}key_{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}) as class_key,
        sum(case when is_donor then 1 else 0 end) as donors,
        sum(case when is_recipient then 1 else 0 end) as recipients
    from keyed
    group by grouping sets ({% for level in levels %}(key_{{ loop.index }}){{ ", " if not loop.last }}{% endfor %})
),

-- What is asked of a class is a column and no filter, after which a planner would think that hardly any class is left.
class as (
    select
        level,
        class_key,
        donors,
        row_number() over (order by class_key) as class,
        case
            when recipients = 0 then 0
            {%- for level in levels %}
            when level = {{ loop.index }} and donors >= {{ level.get('least', 5) }} and recipients <= donors * {{ level.get('load', 1) }} then 1
            {%- endfor %}
            else 0
        end as is_open
    from sized
),

-- A recipient is in the narrowest class that will do.
recipient as (
    select
        keyed.{{ unit }},
        keyed.near,
        keyed.unit_code,
        min(case when class.is_open = 1 then class.class end) as class
    from keyed
    cross join (
        {% for level in levels -%}
        select {{ loop.index }} as number{{ " union all " if not loop.last }}
        {%- endfor %}
    ) as levels
    inner join class
        on class.class_key = case levels.number{% for level in levels %} when {{ loop.index }} then keyed.key_{{ loop.index }}{% endfor %} end
    where keyed.is_recipient
    group by
        keyed.{{ unit }},
        keyed.near,
        keyed.unit_code
),

sought as (
    select
        class.level,
        class.class_key,
        class.donors,
        class.class
    from class
    where class.class in (select recipient.class from recipient)
),

-- A donor is in each of its own that a recipient is in.
classed as (
    select
        keyed.{{ unit }},
        keyed.value,
        keyed.near,
        keyed.unit_code,
        keyed.is_donor,
        sought.donors,
        sought.class
    from keyed
    cross join (select distinct level as number from sought) as levels
    inner join sought
        on sought.class_key = case levels.number{% for level in levels %} when {{ loop.index }} then keyed.key_{{ loop.index }}{% endfor %} end
    where keyed.is_donor

    union all

    select
        recipient.{{ unit }},
        cast(null as {{ dbt.type_string() }}) as value,
        recipient.near,
        recipient.unit_code,
        false as is_donor,
        sought.donors,
        sought.class
    from recipient
    inner join sought
        on recipient.class = sought.class
),

lined_up as (
    select
        classed.*,
        sum(case when is_donor then 1 else 0 end) over (partition by class order by near, unit_code, {{ unit }} rows unbounded preceding) as place
    from classed
),

-- Each recipient asks at five places around its own.
asked as (
    select
        lined_up.{{ unit }},
        lined_up.class,
        steps.step + case
            when lined_up.donors <= 5 or lined_up.place < 3 then 1
            when lined_up.place + 2 > lined_up.donors then lined_up.donors - 4
            else lined_up.place - 2
        end as place
    from lined_up
    cross join (
        select 0 as step union all select 1 as step union all select 2 as step union all select 3 as step union all select 4 as step
    ) as steps
    where not lined_up.is_donor
    {{ computed_once() }}
),

answered as (
    select
        asked.{{ unit }},
        donors.{{ unit }} as donor_{{ unit }},
        donors.value
    from asked as asked
    inner join lined_up as donors
        on asked.class = donors.class
        and asked.place = donors.place
    where donors.is_donor
),

drawn as (
    select
        {{ unit }},
        donor_{{ unit }},
        value,
        row_number() over (partition by {{ unit }} order by {{ draw }}, donor_{{ unit }}) as choice
    from answered
),

used as (
    select
        *,
        row_number() over (partition by donor_{{ unit }}, choice order by {{ unit }}) as use
    from drawn
    where choice <= 3
),

taken as (
    select
        *,
        row_number() over (partition by {{ unit }} order by choice) as turn
    from used
    where use <= case choice when 1 then 3 else 1 end
),

final as (
    select
        {{ unit }},
        '{{ variable }}' as variable,
        value,
        donor_{{ unit }}
    from taken
    where turn = 1
)

select * from final
{%- endmacro %}

{#
    Join by hash tables alone in this transaction. A planner does not know how many rows an expression inside a query has: it sorts what
    fits into memory, or compares each row with each.
#}
{% macro join_by_hash() -%}
    {{ return(adapter.dispatch('join_by_hash')()) }}
{%- endmacro %}

{% macro default__join_by_hash() -%}
    select set_config('enable_mergejoin', 'off', true), set_config('enable_nestloop', 'off', true)
{%- endmacro %}

{% macro spark__join_by_hash() -%}
{%- endmacro %}

{% macro duckdb__join_by_hash() -%}
{%- endmacro %}

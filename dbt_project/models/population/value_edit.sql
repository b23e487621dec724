with

people as (
    select * from {{ ref('person') }} where is_counted
),

stated as (
    select * from {{ ref('stated_person') }}
),

donors as (
    {% for variable in edited_variables() -%}
    select * from {{ ref('donor_of_' ~ variable) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

edited as (
    select
        people.person_id,
        {% for variable in edited_variables() -%}
        stated.{{ variable }} as stated_{{ variable }},
        people.{{ variable }},
        people.{{ variable }}_flag{{ "," if not loop.last }}
        {% endfor %}
    from people
    inner join stated
        on people.person_id = stated.person_id
    {{ computed_once() }}
),

edits as (
    {% for variable in edited_variables() -%}
    select
        person_id,
        '{{ variable }}' as variable,
        cast(stated_{{ variable }} as {{ dbt.type_string() }}) as stated_value,
        cast({{ variable }} as {{ dbt.type_string() }}) as edited_value,
        {{ variable }}_flag as flag
    from edited
    where
        {{ variable }}_flag in ('deduced', 'donor')
        or ({{ variable }}_flag in ('missing', 'not_applicable') and stated_{{ variable }} is not null)
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

final as (
    select
        edits.person_id,
        edits.variable,
        edits.stated_value,
        edits.edited_value,
        edits.flag,
        case when edits.flag = 'donor' then donors.donor_person_id end as donor_person_id
    from edits
    left join donors
        on edits.person_id = donors.person_id
        and edits.variable = donors.variable
)

select * from final

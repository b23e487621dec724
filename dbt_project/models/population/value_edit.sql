with

people as (
    select * from {{ ref('person') }} where is_counted
),

stated as (
    select * from {{ ref('stated_person') }}
),

donors as (
    {% for model in donors_before() -%}
    select * from {{ ref(model) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

edits as (
    {% for variable in edited_variables() -%}
    select
        people.person_id,
        '{{ variable }}' as variable,
        cast(stated.{{ variable }} as {{ dbt.type_string() }}) as stated_value,
        cast(people.{{ variable }} as {{ dbt.type_string() }}) as edited_value,
        people.{{ variable }}_flag as flag
    from people
    inner join stated
        on people.person_id = stated.person_id
    where
        people.{{ variable }}_flag in ('deduced', 'donor')
        or (people.{{ variable }}_flag in ('missing', 'not_applicable') and stated.{{ variable }} is not null)
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

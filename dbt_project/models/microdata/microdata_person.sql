{# An area smaller than a district, or a day of birth, would single people out; ages from this on are one group. #}
{% set oldest = 90 %}
{% set released = [
    'sex', 'age', 'relationship', 'marital_status', 'religion', 'education', 'activity', 'occupation', 'employment_status', 'birth_place',
    'duration_of_stay',
] %}

with

people as (
    select * from {{ ref('person') }} where is_counted
),

secrets as (
    select * from {{ source('population', 'link_secret') }}
),

areas as (
    select * from {{ ref('area') }}
),

coded as (
    select
        people.*,
        {{ pseudonym('secrets.secret', 'people.person_id') }} as pseudonym_id,
        case
            when people.village_code is null then people.area_code
            else substring(people.village_code, 1, 7)
        end as district_code
    from people
    cross join secrets
),

-- In the order of the pseudonyms, so that the order of the rows tells nothing.
final as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        coded.pseudonym_id,
        coded.sex,
        case when coded.age > {{ oldest }} then {{ oldest }} else coded.age end as age,
        {% for variable in released if variable not in ['sex', 'age', 'duration_of_stay'] -%}
        coded.{{ variable }},
        {% endfor -%}
        {{ category_of('duration_of_stay') }} as duration_of_stay,
        {% for variable in released -%}
        coded.{{ 'months_of_stay' if variable == 'duration_of_stay' else variable }}_flag as {{ variable }}_flag,
        {% endfor -%}
        coded.count_status
    from coded
    inner join areas
        on coded.district_code = areas.area_code
    order by coded.pseudonym_id
)

select * from final

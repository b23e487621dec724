{# An area smaller than a district, or a day of birth, would single people out; ages from this on are one group. #}
{% set oldest = 90 %}

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
        coded.relationship,
        coded.marital_status,
        coded.religion,
        coded.education,
        coded.activity,
        coded.count_status
    from coded
    inner join areas
        on coded.district_code = areas.area_code
    order by coded.pseudonym_id
)

select * from final

{% set not_counted = ['registered_not_found', 'registered_died', 'registered_moved', 'registered_unresolved'] %}
{% set in_registry = ['living_where_card_says', 'counted_elsewhere'] + not_counted %}
{% set sums = {'registered_person': in_registry, 'registered_not_counted': not_counted} %}

with

evidence as (
    select * from {{ ref('person_evidence') }} where is_latest and evidence <> 'draft'
),

links as (
    select * from {{ source('population', 'person_record') }}
),

registry as (
    select * from {{ ref('stg_registry') }}
),

units as (
    select * from {{ ref('area_hierarchy') }} where area_level in ('regency', 'district', 'village')
),

areas as (
    select * from {{ ref('area') }} where area_level in ('regency', 'district', 'village')
),

records as (
    select
        links.person_id,
        evidence.feed,
        evidence.file_id,
        evidence.record_no,
        evidence.village_code,
        coalesce(evidence.village_code, evidence.unit_code) as unit_code,
        evidence.nik,
        evidence.birth_date
    from links
    inner join evidence
        on links.feed = evidence.feed
        and links.file_id = evidence.file_id
        and links.record_no = evidence.record_no
),

-- Of two records of one person the one of the village that counts the person: a card left behind elsewhere is no disagreement.
ranked as (
    select
        records.person_id,
        records.unit_code,
        records.nik,
        records.birth_date,
        registry.semester,
        coalesce(records.village_code = persons.village_code, false) as is_in_village,
        row_number() over (
            partition by records.person_id
            order by case when records.village_code = persons.village_code then 0 else 1 end, records.file_id desc, records.record_no desc
        ) as choice
    from records
    inner join {{ ref('person') }} as persons
        on records.person_id = persons.person_id
    inner join registry
        on records.file_id = registry.file_id
        and records.record_no = registry.record_no
    where records.feed = 'registry'
),

registered as (
    select * from ranked where choice = 1
),

differences as (
    select
        registered.person_id,
        max(case when records.nik <> registered.nik then 1 else 0 end) as nik_differs,
        max(case when records.birth_date <> registered.birth_date then 1 else 0 end) as birth_date_differs
    from registered
    inner join records
        on registered.person_id = records.person_id
    where records.feed <> 'registry'
    group by registered.person_id
),

compared as (
    select
        coalesce(registered.unit_code, persons.sls_code, persons.area_code) as unit_code,
        persons.perturbation_key,
        case
            when registered.person_id is null then 'counted_not_registered'
            when persons.is_counted and registered.is_in_village then 'living_where_card_says'
            when persons.is_counted then 'counted_elsewhere'
            when persons.count_status = 'excluded_not_found' then 'registered_not_found'
            when persons.count_status = 'excluded_died' then 'registered_died'
            when persons.count_status = 'excluded_elsewhere' then 'registered_moved'
            when persons.count_status = 'unresolved' then 'registered_unresolved'
        end as outcome,
        registered.semester,
        coalesce(differences.nik_differs, 0) as nik_differs,
        coalesce(differences.birth_date_differs, 0) as birth_date_differs
    from {{ ref('person') }} as persons
    left join registered
        on persons.person_id = registered.person_id
    left join differences
        on persons.person_id = differences.person_id
    where registered.person_id is not null or persons.is_counted
),

grouped as (
    select
        unit_code,
        outcome,
        semester,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key,
        sum(nik_differs) as number_differs_count,
        sum(nik_differs * perturbation_key) as number_differs_cell_key,
        sum(birth_date_differs) as birth_differs_count,
        sum(birth_date_differs * perturbation_key) as birth_differs_cell_key
    from compared
    group by unit_code, outcome, semester
),

final as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        {% for part in ['count', 'cell_key'] -%}
        {% for name in sums.keys() | list + in_registry + ['counted_not_registered'] -%}
        coalesce(
            cast(sum(case when grouped.outcome in ('{{ sums.get(name, [name]) | join("', '") }}') then grouped.person_{{ part }} end) as bigint), 0
        ) as {{ name }}_{{ part }},
        {% endfor -%}
        {% for what in ['number', 'birth'] -%}
        coalesce(cast(sum(grouped.{{ what }}_differs_{{ part }}) as bigint), 0) as {{ what }}_differs_{{ part }},
        {% endfor -%}
        {% endfor -%}
        max(case when {{ is_publishable('grouped.semester') }} then grouped.semester end) as registry_vintage
    from areas
    left join units
        on areas.area_level = units.area_level
        and areas.area_code = units.area_code
    left join grouped
        on units.unit_code = grouped.unit_code
    group by areas.area_level, areas.area_code, areas.area_name
)

select * from final

{% set outcomes = [
    'living_where_card_says',
    'counted_elsewhere',
    'registered_not_found',
    'registered_died',
    'registered_moved',
    'registered_unresolved',
    'counted_not_registered',
] %}

with

persons as (
    select * from {{ ref('person') }}
),

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
            order by
                case when records.village_code = persons.village_code then 0 else 1 end,
                records.file_id desc,
                records.record_no desc
        ) as choice
    from records
    inner join persons
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
    from persons
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
        max(case when {{ is_publishable('semester') }} then semester end) as semester,
        count(*) as person_count,
        sum(perturbation_key) as person_cell_key,
        sum(nik_differs) as number_differs_count,
        sum(nik_differs * perturbation_key) as number_differs_cell_key,
        sum(birth_date_differs) as birth_differs_count,
        sum(birth_date_differs * perturbation_key) as birth_differs_cell_key
    from compared
    group by unit_code, outcome
),

totals as (
    select
        units.area_level,
        units.area_code,
        {% for part in ['count', 'cell_key'] -%}
        sum(case when grouped.outcome <> 'counted_not_registered' then grouped.person_{{ part }} end) as registered_person_{{ part }},
        sum(
            case when grouped.outcome not in ('counted_not_registered', 'living_where_card_says', 'counted_elsewhere')
                then grouped.person_{{ part }}
            end
        ) as registered_not_counted_{{ part }},
        {% for outcome in outcomes -%}
        sum(case when grouped.outcome = '{{ outcome }}' then grouped.person_{{ part }} end) as {{ outcome }}_{{ part }},
        {% endfor -%}
        sum(grouped.number_differs_{{ part }}) as number_differs_{{ part }},
        sum(grouped.birth_differs_{{ part }}) as birth_differs_{{ part }},
        {% endfor -%}
        max(grouped.semester) as registry_vintage
    from units
    inner join grouped
        on units.unit_code = grouped.unit_code
    group by units.area_level, units.area_code
),

final as (
    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        {% for part in ['count', 'cell_key'] -%}
        {% for name in ['registered_person', 'registered_not_counted', 'number_differs', 'birth_differs'] + outcomes -%}
        cast(coalesce(totals.{{ name }}_{{ part }}, 0) as bigint) as {{ name }}_{{ part }},
        {% endfor -%}
        {% endfor -%}
        totals.registry_vintage
    from areas
    left join totals
        on areas.area_level = totals.area_level
        and areas.area_code = totals.area_code
)

select * from final

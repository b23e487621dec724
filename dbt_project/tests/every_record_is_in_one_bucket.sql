-- From the files delivered to the people published: at each step the parts are the whole, row by row, and the wholes are
-- what the ledger, the population and the published tables say. Gives one row per broken sum.
{% set steps = [
    ('files_delivered_count', [
        'files_loaded_count', 'files_superseded_count', 'files_duplicate_count', 'files_refused_count', 'files_waiting_count',
    ]),
    ('records_read_count', ['records_rejected_count', 'records_superseded_count', 'records_loaded_count']),
    ('records_loaded_count', [
        'records_not_of_persons_count', 'records_older_version_count', 'records_counted_confirmed_count', 'records_counted_provisional_count',
        'records_excluded_died_count', 'records_excluded_not_found_count', 'records_excluded_elsewhere_count',
        'records_excluded_duplicate_count', 'records_unresolved_count',
    ]),
    ('person_count', ['counted_person_count', 'excluded_person_count', 'unresolved_person_count']),
    ('counted_person_count', ['published_person_count', 'withheld_person_count']),
] %}

with

reconciliation as (
    select * from {{ ref('reconciliation') }}
),

files as (
    select * from {{ ref('stg_delivered_file') }}
),

persons as (
    select * from {{ ref('person') }}
),

-- What is published has noise: the people behind what is shown are those of the mart.
shown as (
    select mart.counted_person_count
    from {{ ref('coverage_by_area') }} as mart
    inner join {{ ref('published_coverage_by_area') }} as published
        on mart.area_level = published.area_level
        and mart.area_code = published.area_code
    where mart.area_level = 'sls' and published.counted_person_count is not null
),

sums as (
    select
        sum(files_delivered_count) as files_delivered_count,
        sum(bytes_delivered_count) as bytes_delivered_count,
        sum(records_read_count) as records_read_count,
        sum(person_count) as person_count,
        sum(counted_person_count) as counted_person_count,
        sum(published_person_count) as published_person_count
    from reconciliation
),

parts as (
    {% for whole, parts in steps -%}
    select
        feed || ' of ' || area_code as place,
        '{{ whole }}' as step,
        {{ whole }} as expected,
        {{ parts | join(' + ') }} as found
    from reconciliation

    union all

    {% endfor -%}
    select
        'all' as place,
        'files_delivered_count' as step,
        (select count(*) from files) as expected,
        files_delivered_count as found
    from sums

    union all

    select
        'all' as place,
        'bytes_delivered_count' as step,
        (select coalesce(sum(bytes), 0) from files) as expected,
        bytes_delivered_count as found
    from sums

    union all

    select
        'all' as place,
        'records_read_count' as step,
        (select coalesce(sum(records_read), 0) from files where status in ('loaded', 'superseded')) as expected,
        records_read_count as found
    from sums

    union all

    select
        'all' as place,
        'person_count' as step,
        (select count(*) from persons) as expected,
        person_count as found
    from sums

    union all

    select
        'all' as place,
        'counted_person_count' as step,
        (select count(*) from persons where is_counted) as expected,
        counted_person_count as found
    from sums

    union all

    select
        'all' as place,
        'published_person_count' as step,
        (select coalesce(sum(counted_person_count), 0) from shown) as expected,
        published_person_count as found
    from sums
)

select *
from parts
where found is null or found <> expected

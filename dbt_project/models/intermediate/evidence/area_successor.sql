{% set levels = {'province': 2, 'regency': 4, 'district': 7, 'village': 10} %}

with

areas as (
    select * from {{ ref('stg_area') }} where sls_code is not null
),

newest as (
    select * from {{ ref('work_area') }}
),

placed as (
    select * from {{ ref('placed_work_area') }}
),

{% for level in levels -%}
newest_{{ level }} as (
    select distinct {{ level }}_code from newest
),

{% endfor -%}
-- A registry's code means the village that most records of the newest edition give it: one wrong record takes it from nobody.
registry_counts as (
    select
        kemendagri_code,
        village_code,
        count(*) as record_count
    from newest
    where kemendagri_code is not null
    group by kemendagri_code, village_code
),

registry_shares as (
    select
        *,
        sum(record_count) over (partition by kemendagri_code) as all_count
    from registry_counts
),

registry_codes as (
    select distinct kemendagri_code from newest where kemendagri_code is not null
),

final as (
    select
        'bps' as code_system,
        placed.sls_code as code,
        placed.current_code,
        newest.sls_code is not null as is_newest
    from placed
    left join newest
        on placed.sls_code = newest.sls_code

    union all

    {% for level, digits in levels.items() -%}
    select
        'bps' as code_system,
        substr(placed.sls_code, 1, {{ digits }}) as code,
        coalesce(min(newest_{{ level }}.{{ level }}_code), {{ common_area('placed.current_code', digits) }}) as current_code,
        min(newest_{{ level }}.{{ level }}_code) is not null as is_newest
    from placed
    left join newest_{{ level }}
        on substr(placed.sls_code, 1, {{ digits }}) = newest_{{ level }}.{{ level }}_code
    group by substr(placed.sls_code, 1, {{ digits }})

    union all

    {% endfor -%}
    select
        'kemendagri' as code_system,
        registry_codes.kemendagri_code as code,
        registry_shares.village_code as current_code,
        true as is_newest
    from registry_codes
    left join registry_shares
        on registry_codes.kemendagri_code = registry_shares.kemendagri_code
        and 2 * registry_shares.record_count > registry_shares.all_count

    union all

    select
        'kemendagri' as code_system,
        areas.kemendagri_code as code,
        {{ common_area('placed.current_code', 10) }} as current_code,
        false as is_newest
    from areas
    inner join placed
        on areas.sls_code = placed.sls_code
    left join registry_codes
        on areas.kemendagri_code = registry_codes.kemendagri_code
    where areas.kemendagri_code is not null and registry_codes.kemendagri_code is null
    group by areas.kemendagri_code
)

select * from final

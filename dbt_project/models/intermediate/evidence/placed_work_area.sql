{% set levels = {'province': 2, 'regency': 4, 'district': 7, 'village': 10} %}

with

areas as (
    select * from {{ ref('stg_area') }} where sls_code is not null
),

newest as (
    select * from {{ ref('work_area') }}
),

successions as (
    select * from {{ ref('work_area_succession') }}
),

followed as (
    select * from {{ ref('followed_work_area') }}
),

codes as (
    select distinct sls_code from areas
),

-- Where the other work areas of an old area have gone: of one without a successor that is all there is to go by.
{% for level, digits in levels.items() -%}
{{ level }}_heirs as (
    select
        substr(sls_code, 1, {{ digits }}) as {{ level }}_code,
        {{ common_area('current_code', digits) }} as current_code
    from followed
    group by substr(sls_code, 1, {{ digits }})
),

newest_{{ level }} as (
    select distinct {{ level }}_code from newest
),

{% endfor -%}
former as (
    select distinct sls_code from areas where not is_latest
),

-- New work areas of which nothing says what they were: one without a successor may be in any of them.
unexplained as (
    select distinct
        newest.district_code,
        newest.village_code
    from newest
    left join former
        on newest.sls_code = former.sls_code
    left join successions
        on newest.sls_code = successions.new_code
    where former.sls_code is null and successions.new_code is null
),

orphans as (
    select
        codes.sls_code,
        {%- for level, digits in levels.items() %}
        case
            when {{ level }}_heirs.{{ level }}_code is null then newest_{{ level }}.{{ level }}_code
            when length({{ level }}_heirs.current_code) = {{ digits }} then {{ level }}_heirs.current_code
        end as current_{{ level }}_code
        {{- "," if not loop.last }}
        {%- endfor %}
    from codes
    left join followed
        on codes.sls_code = followed.sls_code
    {%- for level, digits in levels.items() %}
    left join {{ level }}_heirs
        on substr(codes.sls_code, 1, {{ digits }}) = {{ level }}_heirs.{{ level }}_code
    left join newest_{{ level }}
        on substr(codes.sls_code, 1, {{ digits }}) = newest_{{ level }}.{{ level }}_code
    {%- endfor %}
    where followed.sls_code is null
),

doubtful_villages as (
    select distinct orphans.sls_code
    from orphans
    inner join unexplained
        on substr(orphans.current_village_code, 1, 7) = unexplained.district_code
        and orphans.current_village_code <> unexplained.village_code
),

final as (
    select
        sls_code,
        current_code
    from followed

    union all

    select
        orphans.sls_code,
        coalesce(
            case when doubtful_villages.sls_code is null then orphans.current_village_code end,
            orphans.current_district_code,
            orphans.current_regency_code,
            orphans.current_province_code
        ) as current_code
    from orphans
    left join doubtful_villages
        on orphans.sls_code = doubtful_villages.sls_code
)

select * from final

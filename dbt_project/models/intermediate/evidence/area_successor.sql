{% set levels = {'province': 2, 'regency': 4, 'district': 7, 'village': 10} %}
{# What makes two records of successive editions one work area, the surest first. #}
{% set likenesses = [
    ["kemendagri_code", "sls_name"],
    ["district_code", "village_name", "sls_name"],
    ["regency_name", "village_name", "sls_name"],
    ["district_code", "sls_name"],
] %}
{% set longest_chain = 4 %}

with

areas as (
    select * from {{ ref('stg_area') }} where sls_code is not null
),

newest as (
    select * from {{ ref('work_area') }}
),

periods as (
    select distinct
        area_code,
        period
    from areas
),

editions as (
    select
        area_code,
        period,
        lead(period) over (partition by area_code order by period) as next_period
    from periods
),

listed as (
    select
        areas.area_code,
        areas.period,
        editions.next_period,
        areas.sls_code,
        areas.former_code,
        areas.village_code,
        areas.district_code,
        areas.kemendagri_code,
        upper(areas.sls_name) as sls_name,
        upper(areas.village_name) as village_name,
        upper(areas.regency_name) as regency_name,
        row_number() over (
            partition by areas.area_code, areas.period, areas.sls_code order by areas.file_id desc, areas.record_no desc
        ) as choice
    from areas
    inner join editions
        on areas.area_code = editions.area_code
        and areas.period = editions.period
),

work_areas as (
    select * from listed where choice = 1
),

gone as (
    select earlier.*
    from work_areas as earlier
    left join work_areas as later
        on earlier.area_code = later.area_code
        and earlier.next_period = later.period
        and earlier.sls_code = later.sls_code
    where earlier.next_period is not null and later.sls_code is null
),

come as (
    select later.*
    from work_areas as later
    inner join editions
        on later.area_code = editions.area_code
        and later.period = editions.next_period
    left join work_areas as earlier
        on later.area_code = earlier.area_code
        and editions.period = earlier.period
        and later.sls_code = earlier.sls_code
    where earlier.sls_code is null
),

-- The area table says itself what a work area was before; a part may have come from each of several.
stated_successions as (
    select distinct
        gone.sls_code as old_code,
        later.sls_code as new_code
    from gone
    inner join listed as later
        on gone.area_code = later.area_code
        and gone.next_period = later.period
        and gone.sls_code = later.former_code
),

-- Else the same names say it, where one work area that went and one that came bear them and no other does.
{% for columns in likenesses -%}
alike_{{ loop.index }} as (
    select
        gone.area_code,
        gone.period,
        gone.sls_code as old_code,
        gone.village_code as old_village_code,
        come.sls_code as new_code,
        come.village_code as new_village_code,
        {{ loop.index }} as likeness,
        count(*) over (partition by gone.area_code, gone.period, gone.sls_code) as successor_count,
        count(*) over (partition by gone.area_code, gone.period, come.sls_code) as predecessor_count
    from gone
    inner join come
        on gone.area_code = come.area_code
        and gone.next_period = come.period
        {% for column in columns -%}
        and gone.{{ column }} = come.{{ column }}
        {% endfor -%}
),

{% endfor -%}
alike as (
    {% for columns in likenesses -%}
    select * from alike_{{ loop.index }}
    where successor_count = 1 and predecessor_count = 1
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

not_stated as (
    select
        alike.*,
        row_number() over (partition by alike.area_code, alike.period, alike.old_code order by alike.likeness) as old_choice,
        row_number() over (partition by alike.area_code, alike.period, alike.new_code order by alike.likeness) as new_choice
    from alike
    left join stated_successions as old_stated
        on alike.old_code = old_stated.old_code
    left join stated_successions as new_stated
        on alike.new_code = new_stated.new_code
    where old_stated.old_code is null and new_stated.new_code is null
),

-- The name of a work area alone ("RT 001 RW 002") says little: it counts where a whole new village came out of one old one.
sizes as (
    select
        area_code,
        period,
        village_code,
        count(*) as work_area_count
    from come
    group by area_code, period, village_code
),

whole_villages as (
    select
        not_stated.area_code,
        not_stated.period,
        not_stated.old_village_code,
        not_stated.new_village_code
    from not_stated
    inner join editions
        on not_stated.area_code = editions.area_code
        and not_stated.period = editions.period
    inner join sizes
        on editions.area_code = sizes.area_code
        and editions.next_period = sizes.period
        and not_stated.new_village_code = sizes.village_code
    where not_stated.old_choice = 1 and not_stated.new_choice = 1
    group by not_stated.area_code, not_stated.period, not_stated.old_village_code, not_stated.new_village_code
    having count(*) = max(sizes.work_area_count)
),

successions as (
    select
        old_code,
        new_code
    from stated_successions

    union

    select
        not_stated.old_code,
        not_stated.new_code
    from not_stated
    left join whole_villages
        on not_stated.area_code = whole_villages.area_code
        and not_stated.period = whole_villages.period
        and not_stated.old_village_code = whole_villages.old_village_code
        and not_stated.new_village_code = whole_villages.new_village_code
    where
        not_stated.old_choice = 1
        and not_stated.new_choice = 1
        and (not_stated.likeness < {{ likenesses | length }} or whole_villages.new_village_code is not null)
),

codes as (
    select distinct
        sls_code,
        village_code,
        district_code,
        regency_code,
        province_code
    from areas
),

-- From edition to edition; a code that the newest edition has is its own.
chain_0 as (
    select
        codes.sls_code,
        codes.sls_code as current_code,
        newest.sls_code is not null as is_newest
    from codes
    left join newest
        on codes.sls_code = newest.sls_code
),

{% for step in range(1, longest_chain + 1) -%}
chain_{{ step }} as (
    select distinct
        chain.sls_code,
        coalesce(successions.new_code, chain.current_code) as current_code,
        newest.sls_code is not null as is_newest
    from chain_{{ step - 1 }} as chain
    left join successions
        on chain.current_code = successions.old_code
        and not chain.is_newest
    left join newest
        on coalesce(successions.new_code, chain.current_code) = newest.sls_code
),

{% endfor -%}
-- Of a work area with several successors only what they have in common is certain.
joined as (
    select
        sls_code,
        {{ common_area('current_code') }} as current_code
    from chain_{{ longest_chain }}
    group by sls_code
    having min(case when is_newest then 1 else 0 end) = 1
),

-- Where the other work areas of an old area have gone: of one without a successor that is all there is to go by.
{% for level, digits in levels.items() -%}
{{ level }}_heirs as (
    select
        codes.{{ level }}_code,
        {{ common_area('joined.current_code', digits) }} as current_code
    from codes
    inner join joined
        on codes.sls_code = joined.sls_code
    group by codes.{{ level }}_code
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
    left join joined
        on codes.sls_code = joined.sls_code
    {%- for level in levels %}
    left join {{ level }}_heirs
        on codes.{{ level }}_code = {{ level }}_heirs.{{ level }}_code
    left join newest_{{ level }}
        on codes.{{ level }}_code = newest_{{ level }}.{{ level }}_code
    {%- endfor %}
    where joined.sls_code is null
),

doubtful_villages as (
    select distinct
        orphans.sls_code
    from orphans
    inner join unexplained
        on substr(orphans.current_village_code, 1, 7) = unexplained.district_code
        and orphans.current_village_code <> unexplained.village_code
),

placed as (
    select
        sls_code,
        current_code
    from joined

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
),

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
        codes.{{ level }}_code as code,
        coalesce(min(newest_{{ level }}.{{ level }}_code), {{ common_area('placed.current_code', digits) }}) as current_code,
        min(newest_{{ level }}.{{ level }}_code) is not null as is_newest
    from codes
    inner join placed
        on codes.sls_code = placed.sls_code
    left join newest_{{ level }}
        on codes.{{ level }}_code = newest_{{ level }}.{{ level }}_code
    group by codes.{{ level }}_code

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

{# What makes two records of successive editions one work area, the surest first. #}
{% set likenesses = [
    ["kemendagri_code", "sls_name"],
    ["district_code", "village_name", "sls_name"],
    ["regency_name", "village_name", "sls_name"],
    ["district_code", "sls_name"],
] %}

with

areas as (
    select * from {{ ref('stg_area') }}
),

gone as (
    select * from {{ ref('changed_work_area') }} where change = 'gone'
),

come as (
    select * from {{ ref('changed_work_area') }} where change = 'come'
),

-- The area table says itself what a work area was before; a part may have come from each of several.
stated as (
    select distinct
        gone.sls_code as old_code,
        areas.sls_code as new_code
    from gone
    inner join areas
        on gone.area_code = areas.area_code
        and gone.next_period = areas.period
        and gone.sls_code = areas.former_code
    where areas.sls_code is not null
),

-- Else the same names say it, where one work area that went and one that came bear them and no other does.
{% for columns in likenesses -%}
alike_{{ loop.index }} as (
    select
        gone.area_code,
        gone.next_period,
        gone.sls_code as old_code,
        gone.village_code as old_village_code,
        come.sls_code as new_code,
        come.village_code as new_village_code,
        {{ loop.index }} as likeness,
        count(*) over (partition by gone.area_code, gone.next_period, gone.sls_code) as successor_count,
        count(*) over (partition by gone.area_code, gone.next_period, come.sls_code) as predecessor_count
    from gone
    inner join come
        on gone.area_code = come.area_code
        and gone.next_period = come.next_period
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

ranked as (
    select
        alike.*,
        row_number() over (partition by alike.area_code, alike.next_period, alike.old_code order by alike.likeness) as old_choice,
        row_number() over (partition by alike.area_code, alike.next_period, alike.new_code order by alike.likeness) as new_choice
    from alike
    left join stated as old_stated
        on alike.old_code = old_stated.old_code
    left join stated as new_stated
        on alike.new_code = new_stated.new_code
    where old_stated.old_code is null and new_stated.new_code is null
),

named as (
    select * from ranked where old_choice = 1 and new_choice = 1
),

-- The name of a work area alone ("RT 001 RW 002") says little: it counts where a whole new village came out of one old one.
sizes as (
    select
        area_code,
        next_period,
        village_code,
        count(*) as work_area_count
    from come
    group by area_code, next_period, village_code
),

whole_villages as (
    select
        named.area_code,
        named.next_period,
        named.old_village_code,
        named.new_village_code
    from named
    inner join sizes
        on named.area_code = sizes.area_code
        and named.next_period = sizes.next_period
        and named.new_village_code = sizes.village_code
    group by named.area_code, named.next_period, named.old_village_code, named.new_village_code
    having count(*) = max(sizes.work_area_count)
),

final as (
    select
        old_code,
        new_code
    from stated

    union

    select
        named.old_code,
        named.new_code
    from named
    left join whole_villages
        on named.area_code = whole_villages.area_code
        and named.next_period = whole_villages.next_period
        and named.old_village_code = whole_villages.old_village_code
        and named.new_village_code = whole_villages.new_village_code
    where named.likeness < {{ likenesses | length }} or whole_villages.new_village_code is not null
)

select * from final

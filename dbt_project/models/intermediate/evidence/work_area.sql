{% set levels = ['province', 'regency', 'district', 'village'] %}

with

areas as (
    select * from {{ ref('stg_area') }} where is_latest and sls_code is not null
),

-- A work area that is delivered twice has one target, not the sum of two: the last record stands.
versions as (
    select
        *,
        row_number() over (partition by sls_code order by file_id desc, record_no desc) as choice
    from areas
),

-- One record with another name must not rename the area for all: the name that most records give is the area's.
{% for level in levels -%}
{{ level }}_names as (
    select
        {{ level }}_code,
        {{ level }}_name,
        row_number() over (
            partition by {{ level }}_code
            order by case when {{ is_publishable(level ~ '_name') }} then 0 else 1 end, count(*) desc, {{ level }}_name
        ) as choice
    from areas
    where {{ level }}_name is not null
    group by {{ level }}_code, {{ level }}_name
),

{% endfor -%}
final as (
    select
        versions.file_id,
        versions.record_no,
        versions.sls_code,
        versions.sls_name,
        {% for level in levels -%}
        versions.{{ level }}_code,
        {{ level }}_names.{{ level }}_name,
        {% endfor -%}
        versions.kemendagri_code,
        versions.zone,
        versions.target_households,
        versions.target_people,
        versions.surface_km2
    from versions
    {% for level in levels -%}
    left join {{ level }}_names
        on versions.{{ level }}_code = {{ level }}_names.{{ level }}_code
        and {{ level }}_names.choice = 1
    {% endfor -%}
    where versions.choice = 1
)

select * from final

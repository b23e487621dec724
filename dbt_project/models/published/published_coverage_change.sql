{{ config(alias='coverage_change') }}

{% set counts = changing_counts() %}

with

mart as (
    select * from {{ ref('published_coverage_by_area') }}
),

released as (
    select * from {{ ref('released_coverage') }}
),

final as (
    select
        mart.area_level,
        mart.area_code,
        mart.area_name,
        released.release_id as previous_release_id,
        {% for count in counts -%}
        mart.{{ count }}_count - released.{{ count }}_count as {{ count }}_change_count,
        case
            when mart.{{ count }}_count is not null and released.{{ count }}_count is not null then 'shown'
            when released.release_id is null then 'first_release'
            when mart.{{ count }}_count_status <> 'shown' then mart.{{ count }}_count_status
            else 'withheld'
        end as {{ count }}_change_count_status,
        {% endfor -%}
        released.release_id is not null and (mart.is_suppressed or coalesce(released.is_suppressed, false)) as is_suppressed
    from mart
    left join released
        on mart.area_level = released.area_level
        and mart.area_code = released.area_code
)

select * from final

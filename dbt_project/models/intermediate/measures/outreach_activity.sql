with

outreach as (
    {{ placed_records('stg_outreach', 'bps_code') }}
    where records.is_latest
),

areas as (
    select * from {{ ref('area') }}
),

-- Also a province of which only some regencies are there: it has no figures, and its activity is shown where it was delivered.
known as (
    select area_code from areas

    union

    select area_code from {{ ref('area_hierarchy') }}
),

final as (
    select
        outreach.natural_key as activity_key,
        case
            when {{ is_publishable('outreach.activity_id') }} and outreach.activity_id is not null then outreach.activity_id
            else 'activity ' || cast(outreach.file_id as {{ dbt.type_string() }}) || '-' || cast(outreach.record_no as {{ dbt.type_string() }})
        end as activity_id,
        outreach.activity_date,
        outreach.channel,
        outreach.reached_count,
        addressed.area_code as addressed_code,
        coalesce(shown.area_code, outreach.unit_code) as place_code
    from outreach
    left join known as addressed
        on outreach.current_code = addressed.area_code
    left join areas as shown
        on outreach.current_code = shown.area_code
)

select * from final

{{ config(materialized='view') }}

{% set stated_codes = {
    'officer': 'sls_code', 'online_household': 'stated_area_code', 'verification': 'sls_code', 'interview_household': 'sls_code',
    'pes_person': 'sls_code', 'asn': 'regency_code', 'outreach': 'bps_code', 'control_total': 'bps_code',
} %}

with

areas as (
    select * from {{ ref('stg_area') }} where is_latest
),

work_areas as (
    select * from {{ ref('work_area') }}
),

stated_areas as (
    select * from {{ ref('stated_area') }}
),

successors as (
    select * from {{ ref('area_successor') }}
),

final as (
    {% for feed, column in stated_codes.items() -%}
    {{ area_code_issues(feed, column) }}

    union all

    {% endfor -%}
    {{ registry_code_issues() }}

    union all

    {% for level in ['province', 'regency', 'district', 'village'] -%}
    {{ area_name_issues(level) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
)

select * from final

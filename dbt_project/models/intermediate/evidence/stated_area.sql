{% set statements = {
    'stg_online_household': 'stated_area_code',
    'stg_verification': 'sls_code',
    'stg_interview_household': 'sls_code',
    'stg_pes_person': 'sls_code',
    'stg_officer': 'sls_code',
    'stg_asn': 'regency_code',
    'stg_outreach': 'bps_code',
    'stg_control_total': 'bps_code',
    'loaded_file': 'area_code',
} %}

with

successors as (
    select * from {{ ref('area_successor') }} where code_system = 'bps'
),

stated as (
    {% for model, column in statements.items() -%}
    select {{ column }} as stated_code from {{ ref(model) }} where {{ column }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- Of a code that no area table holds, the part that one does hold says at least the village or the district.
parts as (
    {% for digits in [16, 10, 7, 4, 2] -%}
    select
        stated_code,
        substr(stated_code, 1, {{ digits }}) as code,
        {{ digits }} as digits
    from stated
    where length(stated_code) = {{ digits }}{% if digits >= 7 %} or length(stated_code) > {{ digits }}{% endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

known as (
    select
        parts.stated_code,
        successors.current_code,
        parts.code = parts.stated_code as is_known,
        successors.is_newest and parts.code = parts.stated_code as is_newest,
        row_number() over (partition by parts.stated_code order by parts.digits desc) as choice
    from parts
    inner join successors
        on parts.code = successors.code
),

final as (
    select
        stated.stated_code,
        known.current_code as unit_code,
        case when length(known.current_code) = length(stated.stated_code) then known.current_code end as same_level_code,
        case when length(known.current_code) = 16 then known.current_code end as sls_code,
        case when length(known.current_code) >= 10 then substr(known.current_code, 1, 10) end as village_code,
        coalesce(known.is_known, false) as is_known,
        coalesce(known.is_newest, false) as is_newest
    from stated
    left join known
        on stated.stated_code = known.stated_code
        and known.choice = 1
)

select * from final

{% set longest_chain = 4 %}

with

newest as (
    select * from {{ ref('work_area') }}
),

successions as (
    select * from {{ ref('work_area_succession') }}
),

codes as (
    select distinct sls_code from {{ ref('stg_area') }} where sls_code is not null
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
final as (
    select
        sls_code,
        {{ common_area('current_code') }} as current_code
    from chain_{{ longest_chain }}
    group by sls_code
    having min(case when is_newest then 1 else 0 end) = 1
)

select * from final

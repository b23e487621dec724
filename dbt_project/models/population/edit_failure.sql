with

members as (
    select * from {{ ref('stated_member') }}
),

{{ edit_failures() }}

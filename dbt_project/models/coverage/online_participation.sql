{% set forms = {
    'mobile': "standing.device = 'mobile'",
    'desktop': "standing.device = 'desktop'",
    'proof': 'standing.has_proof',
    'grade_a_b': "standing.grade in ('a', 'b')",
    'timed': 'standing.duration_seconds is not null',
} %}

with

coverage as (
    select * from {{ ref('coverage_by_area') }}
),

submissions as (
    select * from {{ ref('submission') }}
),

returns as (
    select * from {{ ref('online_return') }}
),

answered_cards as (
    select distinct family_card_no from {{ ref('sent_submission') }} where family_card_no is not null
),

units as (
    select * from {{ ref('area_hierarchy') }}
),

standing as (
    select
        returns.*,
        submissions.perturbation_key
    from returns
    inner join submissions
        on returns.submission_id = submissions.submission_id
),

-- One form a family card, however often it was begun; a form without a usable card number is its own.
drafts_left as (
    select
        coalesce(returns.family_card_no, 'submission ' || returns.submission_id) as card_key,
        min(returns.unit_code) as unit_code
    from returns
    left join answered_cards
        on returns.family_card_no = answered_cards.family_card_no
    where returns.submission_status = 'draft' and answered_cards.family_card_no is null
    group by 1
),

drafts as (
    select
        units.area_level,
        units.area_code,
        count(*) as draft_household_count,
        sum({{ perturbation_key('draft', 'drafts_left.card_key') }}) as draft_household_cell_key
    from drafts_left
    inner join units
        on drafts_left.unit_code = units.unit_code
    group by units.area_level, units.area_code
),

forms as (
    select
        units.area_level,
        units.area_code,
        {% for name, condition in forms.items() -%}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }}_household_count,
        sum(case when {{ condition }} then standing.perturbation_key else 0 end) as {{ name }}_household_cell_key,
        {% endfor -%}
        percentile_cont(0.5) within group (order by standing.duration_seconds) as duration_median_seconds,
        percentile_cont(0.95) within group (order by standing.duration_seconds) as duration_p95_seconds
    from standing
    inner join units
        on standing.unit_code = units.unit_code
    group by units.area_level, units.area_code
),

final as (
    select
        coverage.area_level,
        coverage.area_code,
        coverage.area_name,
        coverage.target_household_count,
        coverage.target_person_count,
        coverage.responded_household_count,
        coverage.responded_household_cell_key,
        coverage.responded_person_count,
        coverage.responded_person_cell_key,
        {% for part in ['count', 'cell_key'] -%}
        {% for name in forms -%}
        cast(coalesce(forms.{{ name }}_household_{{ part }}, 0) as bigint) as {{ name }}_household_{{ part }},
        {% endfor -%}
        cast(coalesce(drafts.draft_household_{{ part }}, 0) as bigint) as draft_household_{{ part }},
        {% endfor -%}
        cast({{ rounded('forms.duration_median_seconds', 0) }} as bigint) as duration_median_seconds,
        -- Of fewer than twenty the slowest twentieth is not a whole form.
        case
            when forms.timed_household_count >= 20 then cast({{ rounded('forms.duration_p95_seconds', 0) }} as bigint)
        end as duration_p95_seconds
    from coverage
    left join forms
        on coverage.area_level = forms.area_level
        and coverage.area_code = forms.area_code
    left join drafts
        on coverage.area_level = drafts.area_level
        and coverage.area_code = drafts.area_code
)

select * from final

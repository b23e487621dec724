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
    select * from {{ ref('area_unit') }}
),

standing as (
    select returns.*
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
        count(*) as draft_household_count
    from drafts_left
    inner join units
        on drafts_left.unit_code = units.unit_code
    group by units.area_level, units.area_code
),

forms as (
    select
        units.area_level,
        units.area_code,
        sum(case when standing.device = 'mobile' then 1 else 0 end) as mobile_household_count,
        sum(case when standing.device = 'desktop' then 1 else 0 end) as desktop_household_count,
        sum(case when standing.has_proof then 1 else 0 end) as proof_household_count,
        sum(case when standing.grade in ('a', 'b') then 1 else 0 end) as grade_a_b_household_count,
        count(standing.duration_seconds) as timed_household_count,
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
        coverage.responded_person_count,
        coverage.responded_household_percent,
        {{ percent('coverage.responded_person_count', 'coverage.target_person_count') }} as responded_person_percent,
        cast(coalesce(forms.mobile_household_count, 0) as bigint) as mobile_household_count,
        cast(coalesce(forms.desktop_household_count, 0) as bigint) as desktop_household_count,
        cast(coalesce(forms.proof_household_count, 0) as bigint) as proof_household_count,
        cast(coalesce(forms.grade_a_b_household_count, 0) as bigint) as grade_a_b_household_count,
        cast(coalesce(drafts.draft_household_count, 0) as bigint) as draft_household_count,
        cast(coalesce(forms.timed_household_count, 0) as bigint) as timed_household_count,
        cast(round(cast(forms.duration_median_seconds as numeric), 0) as bigint) as duration_median_seconds,
        -- Of fewer than twenty the slowest twentieth is not a whole form.
        case
            when forms.timed_household_count >= 20 then cast(round(cast(forms.duration_p95_seconds as numeric), 0) as bigint)
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

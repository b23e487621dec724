{# What comes daily while a phase is open, and the row of feed_completeness that says when it is through. #}
{% set daily = [
    ('online_household', 'online', 'online_person'),
    ('online_person', 'online', 'online_person'),
    ('verification', 'field', 'verification'),
    ('interview_household', 'field', 'answered'),
    ('interview_person', 'field', 'answered'),
] %}

with

progress as (
    select * from {{ ref('feed_completeness') }} where area_level = 'regency'
),

phases as (
    select * from {{ ref('phase_calendar') }}
),

daily as (
    {% for feed, phase, measured_by in daily -%}
    select
        '{{ feed }}' as feed,
        '{{ phase }}' as phase,
        '{{ measured_by }}' as measured_by
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor -%}
),

-- A feed that holds 95 in 100 of the people expected may well have nothing more to say.
final as (
    select
        daily.feed,
        phases.regency_code,
        phases.start_date,
        phases.end_date
    from daily
    inner join phases
        on daily.phase = phases.phase
    inner join progress
        on daily.measured_by = progress.feed
        and phases.regency_code = progress.area_code
    where progress.record_count < 0.95 * progress.expected_count
)

select * from final

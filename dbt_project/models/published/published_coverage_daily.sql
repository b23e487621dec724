{{ config(alias='coverage_daily') }}

{% set findings = [
    'found_person_count',
    'not_found_person_count',
    'died_person_count',
    'elsewhere_person_count',
    'new_person_count',
    'doubtful_person_count',
] %}

{% set counts = [
    'responded_household_count',
    'responded_person_count',
    'clean_household_count',
    'checked_household_count',
    'verified_household_count',
    'interviewed_household_count',
    'interviewed_person_count',
    'refused_household_count',
    'not_met_household_count',
    'late_record_count',
] %}

{% set reached = ['responded_household', 'clean_household', 'checked_household'] %}

with

mart as (
    select * from {{ ref('coverage_daily') }}
),

-- Two totals on either side of a withheld day would give it away: from that day on there are none.
judged as (
    select
        mart.*,
        {% for measure in reached -%}
        max(case when {{ is_small(measure ~ '_count') }} then 1 else 0 end) over (
            partition by area_level, area_code
            order by event_date
        ) = 1 as {{ measure }}_has_hidden_day
        {{- "," if not loop.last }}
        {% endfor %}
    from mart
),

final as (
    select
        area_level,
        area_code,
        area_name,
        event_date,
        target_household_count,
        {% for count in counts + findings -%}
        {{ published_count(count) }},
        {% endfor -%}
        {{ published_sum('verified_person_count', findings + ['verified_person_count']) }},
        {% for measure in reached -%}
        case when not {{ measure }}_has_hidden_day then {{ measure }}_to_date_count end as {{ measure }}_to_date_count,
        case when not {{ measure }}_has_hidden_day then {{ measure }}_percent end as {{ measure }}_percent,
        {% endfor -%}
        case when not (checked_household_has_hidden_day or {{ is_small('remaining_household_count') }}) then remaining_household_count end as remaining_household_count,
        ({% for count in counts + findings + ['verified_person_count', 'remaining_household_count'] -%}
            {{ is_small(count) }} or
            {% endfor -%}
            {{ reached | join('_has_hidden_day or ') }}_has_hidden_day) as is_suppressed
    from judged
)

select * from final

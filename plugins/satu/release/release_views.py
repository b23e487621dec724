"""The views about releases themselves: which there are, what one is made of, and which checks it passed."""

from typing import LiteralString

# The area of a release contains all its areas: the only regency, else the only province, else the country.
_RELEASES: LiteralString = """
with areas as (
    select distinct release_id, area_level, area_code, area_name
    from released.coverage_by_area
    where area_level in ('province', 'regency')
),

widest as (
    select release_id, area_level, area_code, area_name, count(*) over (partition by release_id, area_level) as areas
    from areas
)

select
    r.release_id,
    coalesce(w.area_level, 'country') as area_level,
    coalesce(w.area_code, '00') as area_code,
    coalesce(w.area_name, 'Indonesia' || coalesce(', ' || nullif(n.regencies, 0) || ' regencies', '')) as area_name,
    r.created_at,
    r.approved_by,
    r.git_revision,
    r.contract_version{further},
    {approval_reason} as approval_reason,
    (r.manifest ->> 'reference_date')::date as reference_date,
    (r.manifest ->> 'data_through_date')::date as data_through_date,
    r.manifest ->> 'data_status' as data_status,
    jsonb_array_length(r.manifest -> 'input_files') as file_count,
    (
        select sum((file ->> 'records_loaded')::bigint)::bigint
        from jsonb_array_elements(r.manifest -> 'input_files') as file
    ) as record_count,
    coalesce((r.manifest ->> 'is_simulated')::boolean, false) as is_simulated
from ops.release as r
left join lateral (
    select area_level, area_code, area_name
    from widest
    where release_id = r.release_id and areas = 1
    order by area_level desc
    limit 1
) as w on true
cross join lateral (
    select count(*) as regencies from areas where release_id = r.release_id and area_level = 'regency'
) as n
where {condition}
"""
# What people wrote is shown to all readers: not with a number as long as an identifier.
_SHOWN_TEXT: LiteralString = """
case when {text} ~ '[0-9]{{8}}|([0-9][^0-9A-Za-z]{{0,3}}){{12}}' then 'not shown: it has a long number' else {text} end
"""
_CHECKS: LiteralString = """
select
    r.release_id,
    c.gate,
    c.check_name,
    c.meaning,
    c.severity,
    case
        when c.success then 'passed'
        when w.waived_by is not null then 'waived'
        when c.severity = 'info' then 'noted'
        when r.manifest ->> 'approval_reason' is not null then 'accepted'
        else 'failed'
    end as outcome,
    case when c.success is not true then w.waived_by end as waived_by,
    case when c.success is not true then {waiver_reason} end as waiver_reason,
    case when c.success is not true then w.valid_until end as waived_until
from ops.release as r
cross join lateral jsonb_to_recordset(r.manifest -> 'checks')
    as c (gate text, check_name text, meaning text, severity text, success boolean)
left join lateral jsonb_to_recordset(r.manifest -> 'waivers')
    as w (check_name text, waived_by text, reason text, valid_until date)
    on c.check_name = w.check_name
where r.release_id = (select published.shown_release())
"""
_CREATE: LiteralString = "create or replace view published.{name} with (security_barrier) as"
_APPROVAL_REASON = _SHOWN_TEXT.format(text="(r.manifest ->> 'approval_reason')")

VIEWS: dict[str, LiteralString] = {
    "release_history": _CREATE.format(name="release_history")
    + _RELEASES.format(
        further=", r.status = 'current' as is_current, r.kept_by is not null as is_kept",
        approval_reason=_APPROVAL_REASON,
        condition="r.dropped_at is null",
    ),
    # Not from the history: a transaction keeps its release until it ends, even if the release is dropped meanwhile.
    "release_info": _CREATE.format(name="release_info")
    + _RELEASES.format(
        further="",
        approval_reason=_APPROVAL_REASON,
        condition="r.release_id = (select published.shown_release())",
    ),
    "release_check": _CREATE.format(name="release_check")
    + _CHECKS.format(waiver_reason=_SHOWN_TEXT.format(text="w.reason")),
}
"""Name ↦ definition of a view in schema published."""

TABLES = {
    "release_history": "One row per release whose tables are kept; `set satu.release_id` pins one of them.",
    "release_info": "The release that this transaction reads.",
    "release_check": "One row per check of the release that this transaction reads: what it holds, and the outcome.",
}
COLUMNS = {
    "release_id": "Day of the release in UTC, and its number on that day.",
    "area_level": "Level of the area that the release is of: the smallest one that has all its areas.",
    "area_code": "BPS code of that area; 00 for the country.",
    "area_name": "Name of that area.",
    "created_at": "When the release was made.",
    "approved_by": "Who approved it; gate where no check asked for an approval.",
    "git_revision": "Revision of the project that built it; null where it was not built in a git checkout.",
    "contract_version": "Version of the contracts that its files were read by.",
    "is_current": "Whether readers who pin none see this one.",
    "is_kept": "Whether somebody marked it to be kept for good.",
    "approval_reason": "Why it was approved; null where no check asked for an approval.",
    "reference_date": "Day whose population the census counts.",
    "data_through_date": "Newest day of which its data tell.",
    "data_status": "final where its data reach the end of the last phase's window, else provisional.",
    "file_count": "Delivered files that it is made of.",
    "record_count": "Records of these files that are in use.",
    "is_simulated": "Whether a file that it is made of has simulated records: nobody in it lives.",
    "gate": "When it is checked: the files, the population, or the tables to be released.",
    "check_name": "Name of the check.",
    "meaning": "What the check holds, in words.",
    "severity": "critical: the release waits until it is mended; warning: a person decides; info: it is only told.",
    "outcome": "passed; waived: it may fail until waived_until; accepted: a person approved the release with it; noted:"
    " it failed and is only told; failed: none of these.",
    "waived_by": "Who let it fail; null where nobody had to.",
    "waiver_reason": "Why; null where nobody had to.",
    "waived_until": "Last day on which it may fail; null where nobody had to.",
}
"""Column of these views ↦ what it means."""

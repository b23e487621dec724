"""release: publish the candidate tables as the next release, so that no reader ever sees half of one.

Each mart of schema `candidate` has a table `released.<mart>` with one partition per `release_id`, and a view
`published.<mart>`. The view reads the partition named by `published.shown_release()`: the release that the reader has
pinned, else the one in `ops.release_pointer`. A release fills detached partitions. Then one transaction attaches them,
and a second one writes `ops.release` with its manifest and moves the pointer. Neither waits for readers, nor readers
for them. The next release drops what a killed release left. At last the candidates of people are emptied.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from satu import build_fingerprint, warehouse
from satu.contracts import contract_version, load_contracts
from satu.errors import Blocked, WrongUsage
from satu.ledger import runs
from satu.release.inputs import fingerprint_of_now, fingerprint_of_run, git_revision, has_inputs_of_now
from satu.release.locks import publisher
from satu.release.manifest import manifest, table_of
from satu.release.partitions import attach, candidate, drop_leftovers, ensure_parent, fill, next_id
from satu.release.people import empty_candidate
from satu.release.views import ensure_views
from satu.settings import Settings

MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class ReleaseResult:
    """The current release, and whether this call made it."""

    release_id: str
    is_new: bool


@dataclass(frozen=True)
class Release:
    """One row of `ops.release`; `dropped_at` is the time when its tables were dropped."""

    release_id: str
    status: str
    created_at: datetime
    approved_by: str | None
    git_revision: str | None
    contract_version: str
    run_id: str
    residents_counted: int | None
    kept_by: str | None
    kept_reason: str | None
    dropped_at: datetime | None


def publish(settings: Settings, run_id: str) -> ReleaseResult:
    """Publish the candidate tables as the next release; the same inputs make no new one.

    Raises:
        Blocked: the gate's verdict on the run is not `pass`.
        BuildFailed: there is no candidate, or a column changed its type.
        RetryableError: readers held locks on a table that needs a new column.

    """
    with publisher(settings) as connection:
        released = runs.release_of(connection, run_id)
        if not released:
            _refuse_blocked(connection, run_id)
        inputs = fingerprint_of_run(settings, connection, run_id)
        if known := _same_inputs(connection, inputs) or released:
            return ReleaseResult(known, is_new=False)
        marts = candidate(connection)
        drop_leftovers(connection)
        release_id = next_id(connection)
        for mart in marts:
            ensure_parent(connection, mart)
        ensure_views(connection)
        for mart in marts:
            fill(connection, mart, release_id)
        tables = [table_of(connection, settings, mart, release_id) for mart in marts]
        attach(connection, marts, release_id)
        _publish(settings, connection, release_id, run_id, inputs, tables)
        for mart in marts:
            empty_candidate(settings, mart.name, mart.columns)
    return ReleaseResult(release_id, is_new=True)


def rollback(settings: Settings, release_id: str) -> None:
    """Make an earlier (or later) release the current one.

    Raises:
        WrongUsage: there is no such release, or its tables were dropped.

    """
    with publisher(settings) as connection:
        dropped_at = _known(connection, release_id)
        if dropped_at:
            raise WrongUsage(
                f"the tables of release {release_id} were dropped on {dropped_at:%Y-%m-%d} by the policy"
                " SATU_KEEP_RELEASES; expected a release that is kept. `satu releases` lists them"
            )
        with connection.transaction():
            _retire_current(connection)
            connection.execute("update ops.release set status = 'current' where release_id = %s", (release_id,))
            _point_to(connection, release_id)


def releases(settings: Settings) -> list[Release]:
    """Return all releases, the newest first."""
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        rows = connection.execute(
            "select release_id, status, created_at, approved_by, git_revision, contract_version, run_id,"
            " residents_counted, kept_by, kept_reason, dropped_at"
            " from ops.release order by created_at desc, release_id desc"
        )
        return [Release(*row) for row in rows]


def manifest_of(settings: Settings, release_id: str) -> dict[str, Any]:
    """Return the manifest of a release.

    Raises:
        WrongUsage: there is no such release, or it was made before releases had manifests.
    """
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        _known(connection, release_id)
        row = connection.execute("select manifest from ops.release where release_id = %s", (release_id,)).fetchone()
    found: dict[str, Any] | None = row[0] if row else None
    if found is None:
        raise WrongUsage(f"release {release_id} was made before releases had a manifest; expected a later one")
    return found


def is_released(settings: Settings, as_of: date | None = None) -> bool:
    """Return whether a release from the current files, decisions and rules is current or was rolled back."""
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        return _same_inputs(connection, fingerprint_of_now(settings, connection, as_of)) is not None


def is_built_from_now(settings: Settings, run_id: str) -> bool:
    """Return whether the current files and rules are the inputs of a run.

    Raises:
        WrongUsage: no such run.
    """
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        return has_inputs_of_now(settings, connection, run_id)


def is_dealt_with(settings: Settings) -> bool:
    """Return whether a run from the current files, rules and checks was refused, failed or waits for a person.

    Runs without an outcome were killed or lost their server; after three of them this is true as well.
    """
    query = "select run_id, outcome from ops.run where as_of is null and rules = %s and checks = %s"
    project = settings.project_dir
    versions = build_fingerprint.fingerprint(project), build_fingerprint.fingerprint_of_checks(project)
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        now = fingerprint_of_now(settings, connection, None)
        rows = connection.execute(query, versions).fetchall()
        outcomes = [outcome for run_id, outcome in rows if fingerprint_of_run(settings, connection, run_id) == now]
    return bool({*outcomes} - {None, "pass"}) or outcomes.count(None) >= MOST_ATTEMPTS


def bring_views_up_to_date(settings: Settings) -> None:
    """Update the definitions of views made by an older version; nothing is dropped.

    Raises:
        RetryableError: readers held locks on a view.
    """
    with publisher(settings) as connection:
        ensure_views(connection)


def _known(connection: psycopg.Connection, release_id: str) -> datetime | None:
    """Return when the tables of a release were dropped; none if they are kept."""
    found: dict[str, datetime | None] = dict(
        connection.execute("select release_id, dropped_at from ops.release order by created_at").fetchall()
    )
    if release_id not in found:
        kept = ", ".join(known for known, dropped_at in found.items() if not dropped_at)
        raise WrongUsage(f"no release {release_id!r}; expected one of: {kept or 'none was made yet'}")
    return found[release_id]


def _refuse_blocked(connection: psycopg.Connection, run_id: str) -> None:
    row = connection.execute(
        "select r.outcome, count(*) filter (where c.severity = 'critical' and c.success is not true)"
        " from ops.run as r left join ops.check_result as c using (run_id) where r.run_id = %s group by r.outcome",
        (run_id,),
    ).fetchone()
    outcome, failed = row or (None, 0)
    if outcome != "pass" or failed:
        found = (
            f"{failed} critical checks failed"
            if failed
            else f"the gate's verdict is {outcome or 'not there'}, not pass"
        )
        raise Blocked(f"run {run_id} cannot be released: {found}. See `satu checks --failed`")


def _same_inputs(connection: psycopg.Connection, inputs: str) -> str | None:
    """Return the current release if it, or one that was rolled back since, was made from the same inputs."""
    row = connection.execute(
        "select c.release_id from ops.release as c where c.status = 'current' and exists ("
        " select from ops.release as r where r.inputs_fingerprint = %s and r.created_at >= c.created_at)",
        (inputs,),
    ).fetchone()
    return str(row[0]) if row else None


def _publish(
    settings: Settings,
    connection: psycopg.Connection,
    release_id: str,
    run_id: str,
    inputs: str,
    tables: list[dict[str, Any]],
) -> None:
    """Write the release with its manifest and move the pointer.

    `created_at` must be taken after the attachment is committed: a transaction that began later knows the partitions,
    and one that began earlier is not shown the release.
    """
    contracts = load_contracts(settings.project_dir / "contracts")
    revision = git_revision(settings.project_dir)
    written = manifest(settings, connection, run_id, release_id, tables, contracts, revision)
    residents = _residents_counted(settings)
    with connection.transaction():
        _retire_current(connection)
        # After the next statement nobody may write to the run.
        connection.execute("update ops.run set finished_at = now(), outcome = 'released' where run_id = %s", (run_id,))
        connection.execute(
            "insert into ops.release (release_id, status, created_at, approved_by, git_revision, contract_version,"
            " run_id, inputs_fingerprint, residents_counted, previous_release_id, manifest)"
            " select %(release_id)s, 'current', made.at, %(approved_by)s, %(git_revision)s, %(contract_version)s,"
            " %(run_id)s, %(inputs)s, %(residents)s, (select release_id from ops.release_pointer),"
            " %(manifest)s || jsonb_build_object('created_at', made.at)"
            # Later than any other release, even if the clock was set back: releases are ordered by their time.
            " from (select greatest(clock_timestamp(), max(created_at) + interval '1 microsecond') as at"
            " from ops.release) as made",
            {
                "release_id": release_id,
                "approved_by": written["approved_by"],
                "git_revision": revision,
                "contract_version": contract_version(contracts),
                "run_id": run_id,
                "inputs": inputs,
                "residents": residents,
                "manifest": Jsonb(written),
            },
        )
        _point_to(connection, release_id)


def _retire_current(connection: psycopg.Connection) -> None:
    connection.execute("update ops.release set status = 'retired' where status = 'current'")


def _point_to(connection: psycopg.Connection, release_id: str) -> None:
    connection.execute(
        "insert into ops.release_pointer (release_id) values (%s)"
        " on conflict (only_row) do update set release_id = excluded.release_id",
        (release_id,),
    )


def _residents_counted(settings: Settings) -> int | None:
    """Count the residents as the transformer; the publisher may not read people."""
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        row = connection.execute("select count(*) filter (where is_counted) from population.person").fetchone()
    return int(row[0]) if row else None

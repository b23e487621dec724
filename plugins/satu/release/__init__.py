"""release: turn the candidate tables into the next release, in one transaction that no reader sees half of.

Each mart of schema `candidate` has a table `released.<mart>`, partitioned by `release_id`, one partition a release, and
a view `published.<mart>` that reads the partition to which `ops.release_pointer` points, once a statement. A release
fills its partitions aside; what a killed run left is dropped by the next. Then one transaction attaches them, and a
second one writes `ops.release` and moves the pointer. Readers take no notice: neither waits for them nor they for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING

from satu import warehouse
from satu.contracts import contract_version, load_contracts
from satu.errors import Blocked, BuildFailed, RetryableError, WrongUsage
from satu.release.inputs import fingerprint, fingerprint_of_run, git_revision
from satu.release.views import columns_of, ensure_release_info, ensure_view
from satu.settings import Settings

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

READERS_HAVE_STARTED_S = 5.0
"""After so long a statement that holds a table has its snapshot: it is executing, and sees the release before."""
INDEXED = ("area_level", "area_code")
LOCK_TIMEOUT = "20s"
"""How long a change of a table's columns waits for readers before the release gives up, to be tried again."""


@dataclass(frozen=True)
class ReleaseResult:
    """Which release is current, and whether this call made it."""

    release_id: str
    is_new: bool


@dataclass(frozen=True)
class Release:
    """One row of `ops.release`."""

    release_id: str
    status: str
    created_at: datetime
    approved_by: str | None
    git_revision: str | None
    contract_version: str
    run_id: str
    residents_counted: int | None


@dataclass(frozen=True)
class Mart:
    """One table of the candidate: its name and its columns with their types, in order."""

    name: str
    columns: dict[str, str]


def release(settings: Settings, run_id: str) -> ReleaseResult:
    """Publish the candidate tables as the next release; the same inputs make no new one.

    Raises:
        Blocked: the gate's verdict on the run is not `pass`.
        BuildFailed: there is no candidate, or a column changed its type.
        RetryableError: readers kept a table busy that needs a new column.

    """
    with _publisher(settings) as connection:
        _refuse_blocked(connection, run_id)
        inputs = fingerprint_of_run(settings, connection, run_id)
        known = _same_inputs(connection, inputs)
        if known:
            return ReleaseResult(known, is_new=False)
        marts = _candidate(connection)
        release_id = _next_id(connection)
        _drop_leftovers(connection, release_id)
        for mart in marts:
            _prepare(connection, mart, release_id)
        _publish(settings, connection, marts, release_id, run_id, inputs)
    return ReleaseResult(release_id, is_new=True)


def rollback(settings: Settings, release_id: str) -> None:
    """Make an earlier (or later) release the current one.

    Raises:
        WrongUsage: there is no such release.

    """
    with _publisher(settings) as connection:
        known = [row[0] for row in connection.execute("select release_id from ops.release order by created_at")]
        if release_id not in known:
            raise WrongUsage(f"no release {release_id!r}; expected one of: {', '.join(known) or 'none was made yet'}")
        with connection.transaction():
            _retire_current(connection)
            connection.execute("update ops.release set status = 'current' where release_id = %s", (release_id,))
            _point_to(connection, release_id)


def releases(settings: Settings) -> list[Release]:
    """Return all releases, the newest first."""
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        rows = connection.execute(
            "select release_id, status, created_at, approved_by, git_revision, contract_version, run_id,"
            " residents_counted from ops.release order by created_at desc, release_id desc"
        )
        return [Release(*row) for row in rows]


def is_released(settings: Settings, as_of: date | None = None) -> bool:
    """Tell whether a release from the files of this moment, under today's rules, is current or was rolled back."""
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        now = fingerprint(settings, connection, as_of, datetime.now(UTC) + timedelta(days=1))
        return _same_inputs(connection, now) is not None


def has_inputs_of_now(settings: Settings, run_id: str) -> bool:
    """Tell whether the files loaded now and the rules of today are those that a run was built from.

    Raises:
        WrongUsage: no such run.
    """
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        return fingerprint_of_run(settings, connection, run_id) == fingerprint_of_run(
            settings, connection, run_id, datetime.now(UTC) + timedelta(days=1)
        )


@contextmanager
def _publisher(settings: Settings) -> Iterator["psycopg.Connection"]:
    """Give the one connection that may publish; another one waits until this one is done."""
    import psycopg

    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('satu.release'))")
        connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            yield connection
        except psycopg.errors.LockNotAvailable:
            raise RetryableError(
                f"readers kept a released table busy for more than {LOCK_TIMEOUT} while it needed a new column;"
                " nothing was published. Try again"
            ) from None


def _refuse_blocked(connection: "psycopg.Connection", run_id: str) -> None:
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


def _same_inputs(connection: "psycopg.Connection", inputs: str) -> str | None:
    """Return the current release if it, or one that was rolled back since, was made from the same inputs."""
    row = connection.execute(
        "select c.release_id from ops.release as c where c.status = 'current' and exists ("
        " select from ops.release as r where r.inputs_fingerprint = %s and r.created_at >= c.created_at)",
        (inputs,),
    ).fetchone()
    return str(row[0]) if row else None


def _candidate(connection: "psycopg.Connection") -> list[Mart]:
    rows = connection.execute(
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
        " from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relnamespace = 'candidate'::regnamespace and c.relkind = 'r'"
        " and strpos(c.relname, '__dbt_') = 0 order by c.relname, a.attnum"
    )
    columns: dict[str, dict[str, str]] = {}
    for mart, column, kind in rows:
        columns.setdefault(mart, {})[column] = kind
    if not columns:
        raise BuildFailed("schema candidate holds no table; expected the published models of dbt. Run the build first")
    return [Mart(name, found) for name, found in columns.items()]


def _next_id(connection: "psycopg.Connection") -> str:
    row = connection.execute(
        "with today as (select to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as day)"
        " select day || '.' || 1 + coalesce(max(split_part(release_id, '.', 2)::int), 0)"
        " from today left join ops.release on starts_with(release_id, day || '.') group by day"
    ).fetchone()
    return str(row[0]) if row else ""


def _drop_leftovers(connection: "psycopg.Connection", release_id: str) -> None:
    """Drop partitions that a killed release filled, and attached or not, under the id that is now free again."""
    from psycopg import sql

    query = (
        "select c.relname, p.relname from pg_class as c left join pg_inherits as i on i.inhrelid = c.oid"
        " left join pg_class as p on p.oid = i.inhparent"
        " where c.relnamespace = 'released'::regnamespace and c.relkind = 'r'"
        " and (i.inhrelid is null or right(c.relname, length(%s)) = %s)"
    )
    suffix = _suffix(release_id)
    for name, parent in connection.execute(query, (suffix, suffix)).fetchall():
        if parent:
            detach = sql.SQL("alter table released.{} detach partition released.{} concurrently")
            connection.execute(detach.format(sql.Identifier(parent), sql.Identifier(name)))
        connection.execute(sql.SQL("drop table released.{}").format(sql.Identifier(name)))


def _prepare(connection: "psycopg.Connection", mart: Mart, release_id: str) -> None:
    """Fill the partition of one mart aside, ready to be attached without a scan."""
    from psycopg import sql

    with connection.transaction():
        _ensure_parent(connection, mart)
        columns = sql.SQL(", ").join(map(sql.Identifier, mart.columns))
        names = {
            "parent": sql.Identifier("released", mart.name),
            "aside": _partition(mart, release_id),
            "candidate": sql.Identifier("candidate", mart.name),
            "columns": columns,
            "id": sql.Literal(release_id),
        }
        for statement in (
            "create table {aside} (like {parent} including defaults including indexes)",
            "insert into {aside} (release_id, {columns}) select {id}, {columns} from {candidate}",
            "alter table {aside} add check (release_id = {id})",
        ):
            connection.execute(sql.SQL(statement).format(**names))
    connection.execute(sql.SQL("analyze {}").format(_partition(mart, release_id)))


def _partition(mart: Mart, release_id: str) -> "sql.Identifier":
    from psycopg import sql

    return sql.Identifier("released", mart.name + _suffix(release_id))


def _suffix(release_id: str) -> str:
    return f"__{release_id.replace('-', '_').replace('.', '_')}"


def _ensure_parent(connection: "psycopg.Connection", mart: Mart) -> None:
    from psycopg import sql

    parent, there = sql.Identifier("released", mart.name), columns_of(connection, "released", mart.name)
    if not there:
        connection.execute(
            sql.SQL("create table {} (release_id text not null) partition by list (release_id)").format(parent)
        )
    changed = [name for name, kind in mart.columns.items() if there.get(name, kind) != kind]
    if changed:
        raise BuildFailed(
            f"candidate.{mart.name} gives columns another type than earlier releases have: {', '.join(changed)};"
            " expected the same type, or a new name for the new column"
        )
    for name, kind in mart.columns.items():
        if name not in there:
            statement = sql.SQL("alter table {} add column {} {}")
            connection.execute(statement.format(parent, sql.Identifier(name), sql.SQL(kind)))
    if not there and set(INDEXED) <= set(mart.columns):
        index = sql.SQL("create index on {} ({})")
        connection.execute(index.format(parent, sql.SQL(", ").join(map(sql.Identifier, INDEXED))))


def _publish(
    settings: Settings,
    connection: "psycopg.Connection",
    marts: list[Mart],
    release_id: str,
    run_id: str,
    inputs: str,
) -> None:
    """Attach the partitions, then write the release and move the pointer.

    Two transactions: a statement that was planned before the attachment, and starts after a pointer that moved with it,
    would read a partition it does not know, and so nothing. Between them such statements are waited for.
    """
    from psycopg import sql

    attach = sql.SQL("alter table {} attach partition {} for values in ({})")
    with connection.transaction():
        for mart in marts:
            parent = sql.Identifier("released", mart.name)
            connection.execute(attach.format(parent, _partition(mart, release_id), sql.Literal(release_id)))
            ensure_view(connection, mart.name)
        ensure_release_info(connection)
    _wait_for_readers(connection)
    with connection.transaction():
        _retire_current(connection)
        connection.execute(
            "insert into ops.release (release_id, status, created_at, approved_by, git_revision, contract_version,"
            " run_id, inputs_fingerprint, residents_counted)"
            " values (%s, 'current', clock_timestamp(), %s, %s, %s, %s, %s, %s)",
            (
                release_id,
                _approved_by(connection, run_id),
                git_revision(settings.project_dir),
                contract_version(load_contracts(settings.project_dir / "contracts")),
                run_id,
                inputs,
                _residents_counted(connection),
            ),
        )
        _point_to(connection, release_id)


def _wait_for_readers(connection: "psycopg.Connection") -> None:
    """Wait until the statements that now hold a released table are through, or certainly have their snapshot."""
    readers = (
        "select virtualtransaction from pg_locks as l join pg_class as c on l.relation = c.oid"
        " where c.relnamespace = 'released'::regnamespace and c.relkind = 'p' and l.pid <> pg_backend_pid()"
    )
    waited_for = {row[0] for row in connection.execute(readers)}
    deadline = monotonic() + READERS_HAVE_STARTED_S
    while waited_for and monotonic() < deadline:
        sleep(0.01)
        waited_for &= {row[0] for row in connection.execute(readers)}


def _retire_current(connection: "psycopg.Connection") -> None:
    connection.execute("update ops.release set status = 'retired' where status = 'current'")


def _point_to(connection: "psycopg.Connection", release_id: str) -> None:
    connection.execute(
        "insert into ops.release_pointer (release_id) values (%s)"
        " on conflict (only_row) do update set release_id = excluded.release_id",
        (release_id,),
    )


def _approved_by(connection: "psycopg.Connection", run_id: str) -> str:
    """Return who approved the run; without a person it was the gate."""
    row = connection.execute(
        "select approved_by from ops.approval where run_id = %s order by approval_id desc limit 1", (run_id,)
    ).fetchone()
    return str(row[0]) if row else "gate"


def _residents_counted(connection: "psycopg.Connection") -> int | None:
    row = connection.execute("select count(*) filter (where is_counted) from population.person").fetchone()
    return int(row[0]) if row else None

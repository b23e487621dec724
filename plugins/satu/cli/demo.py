"""`satu demo`: sample exports, a real Airflow, the first release, and what to look at next."""

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from satu import pipeline, scratch, warehouse
from satu.cli.console import command_name
from satu.errors import Blocked, BuildFailed, RetryableError, WrongUsage
from satu.landing_place import LandingPlace
from satu.ledger import runs
from satu.orchestration import local_server
from satu.orchestration.local_server import DAGS, AirflowServer
from satu.settings import Settings
from satu.urls import described

if TYPE_CHECKING:
    from rich.console import Console

    from satu.simulate import Simulated

_RELEASE_STARTS_WITHIN_S = 60.0
_POLL_S = 0.4
_SHOWN = {"up_for_retry", "success", "failed", "skipped", "upstream_failed", "removed"}
_RUN_ENDED = {"success", "failed"}


def run(settings: Settings, console: "Console", scale: float = 1.0) -> None:
    """Run the pipeline from landing place to release in a real Airflow; simulate exports if the landing place is empty.

    `scale` multiplies the population of the simulated exports. If there is nothing to do, Airflow is not started.

    Raises:
        Blocked: the gate blocks the release.
        BuildFailed: a task failed; the message has its name, reason and log.
        RetryableError: Airflow does not start.
    """
    begun = time.monotonic()
    _ensure_drop(settings, console, scale)
    waiting = pipeline.sweep(settings)
    if not waiting and not pipeline.has_changes(settings):
        console.print(f"Nothing new in {described(settings.landing_url)}.", soft_wrap=True)
    else:
        console.print(
            f"Files waiting in {described(settings.landing_url)}: {len(waiting)}. Starting Airflow …", soft_wrap=True
        )
        _through_airflow(settings, console)
    _tell(settings, console, time.monotonic() - begun)


def _ensure_drop(settings: Settings, console: "Console", scale: float) -> None:
    own = settings.home.resolve() / "landing"
    if Path(settings.landing_url) != own:
        if not LandingPlace(settings.landing_url).files():
            raise WrongUsage(
                f"{described(settings.landing_url)} is empty; expected exports. Deliver some, then try again"
            )
        return
    if own.exists() and any(own.iterdir()):
        return
    with console.status("Simulating the census of Kota Magelang …"):
        made = _simulate(settings.home.resolve(), scale)
    console.print(
        f"Simulated Kota Magelang: {made.files} files, {made.records:,} records of {made.residents:,} residents. "
        "Areas are real; all people and numbers are invented. One officer invents visits; "
        "field.officer_anomaly should point there, truth/fabricator.parquet names him.",
        soft_wrap=True,
    )


def _simulate(home: Path, scale: float) -> "Simulated":
    """Write the exports to a temporary folder and move them when complete, so that no half-written ones are loaded."""
    from satu.simulate import simulate

    with scratch.folder(home, "simulate") as unfinished:
        made = simulate(unfinished, scale=scale, fabricators=1)
        shutil.rmtree(home / "truth", ignore_errors=True)
        made.truth.rename(home / "truth")
        made.landing.rename(home / "landing")
    return made


def _through_airflow(settings: Settings, console: "Console") -> None:
    since = datetime.now(UTC)
    with local_server.running(settings) as server:
        console.print(f"Airflow runs at {server.url}, its logs are in {server.log_dir}", soft_wrap=True)
        for dag_id in DAGS:
            server.api.unpause(dag_id)
        tasks = _follow(server, console, "ingest", server.api.trigger("ingest"))
        if not _has_done(tasks, "announce") and not server.api.runs("release", since):
            server.api.trigger("release")  # loaded earlier, but never released: there is no asset event
        followed: set[str] = set()
        # A scheduled run that started before the files were loaded is skipped; then the next one is followed.
        while not _has_done(tasks, "release") and pipeline.has_changes(settings):
            run_id = _next_run(server, "release", since, followed)
            followed.add(run_id)
            tasks = _follow(server, console, "release", run_id, lambda: _refuse_blocked(settings, since))


def _has_done(tasks: list[dict[str, Any]], task_id: str) -> bool:
    return any(task["task_id"] == task_id and task["state"] == "success" for task in tasks)


def _next_run(server: AirflowServer, dag_id: str, since: datetime, followed: set[str]) -> str:
    deadline = time.monotonic() + _RELEASE_STARTS_WITHIN_S
    while time.monotonic() < deadline:
        for found in server.api.runs(dag_id, since):
            if found["dag_run_id"] not in followed:
                return str(found["dag_run_id"])
        server.check()
        time.sleep(_POLL_S)
    raise RetryableError(
        f"Airflow started no run of {dag_id} within {_RELEASE_STARTS_WITHIN_S:.0f} s after files were loaded; "
        f"expected the asset event to. See {server.log_dir / 'airflow-scheduler.log'}"
    )


def _follow(
    server: AirflowServer, console: "Console", dag_id: str, run_id: str, explain: Callable[[], None] = lambda: None
) -> list[dict[str, Any]]:
    """Print a line for each task that ends, until the run has ended; return its tasks.

    `explain` may raise a more precise error, or print what a task waits for.
    """
    shown: set[tuple[str, int, str]] = set()
    with console.status(f"{dag_id} …") as status:
        while True:
            server.check()
            ended = server.api.run_state(dag_id, run_id) in _RUN_ENDED
            tasks = server.api.tasks(dag_id, run_id)
            for task in sorted(tasks, key=lambda task: task["end_date"] or "~"):
                _show(console, dag_id, task, shown)
            if any(task["state"] == "awaiting_input" for task in tasks):
                explain()
            if failed := [task for task in tasks if task["state"] == "failed"]:
                explain()
                raise BuildFailed(_reason(server, dag_id, run_id, failed[0]))
            if ended:
                return tasks
            running = [task["task_id"] for task in tasks if task["state"] == "running"]
            status.update(f"{dag_id}: {', '.join(sorted(set(running))) or 'waiting for the scheduler'} …")
            time.sleep(_POLL_S)


def _show(console: "Console", dag_id: str, task: dict[str, Any], shown: set[tuple[str, int, str]]) -> None:
    key = (task["task_id"], task["map_index"], task["state"])
    if key in shown or task["state"] not in _SHOWN:
        return
    shown.add(key)
    part = f" {task['map_index'] + 1}" if task["map_index"] >= 0 else ""
    seconds = f"{task['duration']:7.1f} s" if task["duration"] is not None else ""
    outcome = {"success": "done", "up_for_retry": "failed, will retry"}.get(task["state"], task["state"])
    console.print(f"  {dag_id} · {task['task_id'] + part:<20}{outcome:<10}{seconds}", highlight=False)


def _reason(server: AirflowServer, dag_id: str, run_id: str, task: dict[str, Any]) -> str:
    folder = server.log_dir / "airflow" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        folder = folder / f"map_index={task['map_index']}"
    log = folder / f"attempt={task['try_number']}.log"
    return f"the task {dag_id}.{task['task_id']} failed: {_last_error(log)}. Its log is {log}"


def _last_error(log: Path) -> str:
    """Return the text of the last exception in a task's log; `orchestration.tasks` keeps records out of it."""
    texts = [
        str(entry["error_detail"][0]["exc_value"])
        for entry in map(json.loads, log.read_text().splitlines() if log.exists() else [])
        if entry.get("error_detail")
    ]
    return texts[-1].rstrip(".") if texts else "no reason was logged"


def _refuse_blocked(settings: Settings, since: datetime) -> None:
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        found = connection.execute(
            "select run_id, outcome from ops.run where created_at >= %s order by created_at desc limit 1", (since,)
        ).fetchone()
    if found and found[1] in ("blocked", "needs_approval", "rejected"):
        runs.refuse(found[0], found[1])


def _tell(settings: Settings, console: "Console", seconds: float) -> None:
    from rich.box import ASCII
    from rich.table import Table

    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        release = connection.execute(
            "select release_id, run_id, residents_counted from ops.release where status = 'current'"
        ).fetchone()
        if release is None:
            missing = pipeline.missing_feeds(settings)
            why = f": no record of {', '.join(missing)} is loaded" if missing else ""
            raise Blocked(
                f"there is no release yet{why}; expected one. `satu status` shows the files and the newest run"
            )
        checks = connection.execute(
            "select count(*) filter (where success), count(*) filter (where success is not true) "
            "from ops.check_result where run_id = %s",
            (release[1],),
        ).fetchone()
        areas = connection.execute(_COVERAGE).fetchall()
        files = connection.execute("select status, count(*) from ops.file group by 1 order by 2 desc, 1").fetchall()
        rejected = connection.execute("select count(*) from ops.rejected_record").fetchone()
    satu = command_name()
    table = Table("Kecamatan", title="Coverage by kecamatan", box=ASCII)
    for heading in ("Known people checked, %", "People counted", "KK counted", "KK planned"):
        table.add_column(heading, justify="right")
    for row in areas:
        table.add_row(str(row[0]), *("withheld" if value is None else f"{value:,}" for value in row[1:]))
    passed, failed = checks or (0, 0)
    page = Path(pipeline.export(settings, str(release[0]))) / "site" / "index.html"
    console.print(table)
    for line in (
        f"Release            {release[0]}",
        f"Residents counted  {release[2]:,}",
        f"Checks             {passed} passed, {failed} failed",
        f"Files              {', '.join(f'{count} {status}' for status, count in files)}",
        f"Records rejected   {rejected[0] if rejected else 0}; {satu} files and {satu} rejects tell why",
        f"Page               {page}",
        f"Query              {satu} psql",
        "Open Airflow       make up",
        f"Took               {seconds:.0f} s",
    ):
        console.print(line, highlight=False, soft_wrap=True)


_COVERAGE = """
select area_name, settled_person_percent, counted_person_count, counted_household_count, target_household_count
from published.coverage_by_area
where area_level = 'district'
order by area_code
"""

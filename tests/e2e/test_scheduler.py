"""The demo through a real scheduler: a release at the end, nothing left running, no person in what Airflow keeps."""

import io
import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql
from rich.console import Console

import planting
from satu import settings, warehouse
from satu.cli import demo
from satu.orchestration import local_server
from satu.settings import Settings
from satu.simulate import simulate

SCALE = 0.01


@dataclass(frozen=True)
class Done:
    """A demo that has ended: where, and what it printed."""

    settings: Settings
    printed: str


@pytest.fixture(scope="module")
def done(home: Path) -> Done:
    console = Console(file=io.StringIO(), width=200)
    given = settings.load(home=home)
    made = simulate(home / "drop", scale=SCALE, fabricators=1)
    made.landing.rename(home / "landing")
    planting.plant(home / "landing")
    demo.run(given, console)
    assert isinstance(console.file, io.StringIO)
    return Done(given, console.file.getvalue())


def test_a_release_is_published(done: Done) -> None:
    with warehouse.connect(done.settings, warehouse.PUBLISHER) as connection:
        release = connection.execute("select release_id, residents_counted from ops.release").fetchall()
        districts = connection.execute(
            "select area_name from published.coverage_by_area where area_level = 'district'"
        ).fetchall()
    assert len(release) == 1
    assert release[0][1] > 0
    assert {name.title() for (name,) in districts} == {"Magelang Selatan", "Magelang Tengah", "Magelang Utara"}
    assert release[0][0] in done.printed
    assert (done.settings.releases_dir / release[0][0] / "site" / "index.html").is_file()


def test_the_scheduler_ran_every_task_and_the_asset_woke_up_the_release(done: Done) -> None:
    with metadata(done.settings) as connection:
        runs = connection.execute("select dag_id, run_type, state from dag_run").fetchall()
        tasks = connection.execute(
            "select task_id, task_instance.state from task_instance join dag_run using (dag_id, run_id)"
            " where run_type = 'asset_triggered' and dag_run.state = 'success'"
        ).fetchall()
    assert ("release", "asset_triggered", "success") in runs
    assert {state for _, state in tasks} == {"success"}
    assert {task for task, _ in tasks} >= {"build_before_link", "link", "build_after_link", "gate", "release", "export"}


def test_the_way_is_printed_for_people_without_a_terminal(done: Done) -> None:
    assert "\x1b" not in done.printed
    for words in ("ingest · sweep", "release · link", "Residents counted", "MAGELANG TENGAH", "satu psql", "make up"):
        assert words in done.printed


def test_no_person_is_in_the_logs(done: Done) -> None:
    logs = [path for path in done.settings.logs_dir.rglob("*") if path.is_file()]
    assert any("task_id=load" in str(path) for path in logs)
    people = People(done.settings)
    assert {str(path): found for path in logs if (found := people.found_in(path.read_text(errors="replace")))} == {}


def test_no_person_is_in_what_airflow_stores(done: Done) -> None:
    people = People(done.settings)
    seen = set()
    with metadata(done.settings) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            query = sql.SQL("select stored::text from {} as stored").format(sql.Identifier(table))
            for (row,) in connection.execute(query):
                seen.add(table)
                assert not people.found_in(row), table
    assert {"xcom", "rendered_task_instance_fields", "log", "asset_event"} <= seen


def test_the_planted_person_is_in_the_records_and_in_nothing_that_was_said(done: Done) -> None:
    """Good records, damaged lines and refused files, through the real scheduler."""
    with warehouse.connect(done.settings, warehouse.LOADER) as connection:
        loaded = connection.execute("select count(*) from raw.registry where nik = %s", (planting.NIK,)).fetchone()
        damaged = connection.execute(
            "select count(*) from ops.rejected_record where position(%s::bytea in raw) > 0", (planting.NIK.encode(),)
        ).fetchone()
        refused = connection.execute(
            "select count(*) from ops.file where file_name = 'planted_refused.csv' and status = 'refused'"
        ).fetchone()
    with_number = sum(planting.NIK in record for _, _, record in planting.FEEDS.values())
    assert (loaded, damaged, refused) == ((1,), (with_number,), (len(planting.FEEDS),))
    assert planting.found_in(done.printed) == []
    home = done.settings.home
    made = (done.settings.logs_dir, home / "dbt", home / "airflow", done.settings.releases_dir)
    assert planting.found_in_files(*made) == {}
    with metadata(done.settings) as connection:
        for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            query = sql.SQL("select stored::text from {} as stored").format(sql.Identifier(table))
            assert [row for (row,) in connection.execute(query) if planting.found_in(row)] == [], table
    with psycopg.connect(warehouse.admin_url(done.settings)) as connection:
        for (view,) in connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('published', 'microdata', 'released', 'candidate', 'field', 'coverage')"
            " or table_schema = 'ops' and table_name <> 'rejected_record'"
        ).fetchall():
            query = sql.SQL("select stored::text from {} as stored").format(sql.Identifier(*view.split(".")))
            assert [row for (row,) in connection.execute(query) if planting.found_in(row)] == [], view


def test_a_person_would_be_found(done: Done) -> None:
    people = People(done.settings)
    assert people.found_in(f'{{"detail": "({next(iter(people.numbers))})"}}')
    assert people.found_in(f"row of {people.names[0].title()} failed")


def test_the_nightly_maintenance_goes_through_and_clears_up(done: Done) -> None:
    with warehouse.connect(done.settings, warehouse.PUBLISHER) as connection:
        connection.execute("create table released.coverage_by_area__2001_01_01_1 (like released.coverage_by_area)")
    with local_server.running(done.settings) as server:
        server.api.unpause("maintenance")
        run_id = server.api.trigger("maintenance")
        while (state := server.api.run_state("maintenance", run_id)) not in ("success", "failed"):
            server.check()
            time.sleep(0.2)
        states = {task["task_id"]: task["state"] for task in server.api.tasks("maintenance", run_id)}
    assert state == "success", states
    assert states == dict.fromkeys(("tidy", "prune", "trim", "watch"), "success")
    with warehouse.connect(done.settings, warehouse.PUBLISHER) as connection:
        left = connection.execute("select to_regclass('released.coverage_by_area__2001_01_01_1')").fetchone()
        releases = connection.execute("select dropped_at from ops.release").fetchall()
    assert left == (None,)
    assert releases == [(None,)]


def test_nothing_of_it_runs_on(done: Done) -> None:
    airflow_home = str(done.settings.home.resolve() / "airflow")
    assert not [
        process.pid
        for process in psutil.process_iter()
        if _environment(process).get("AIRFLOW_HOME") == airflow_home and process.status() != psutil.STATUS_ZOMBIE
    ]
    assert not (done.settings.home / "airflow" / "processes.json").exists()


def test_secrets_are_for_the_owner_only(done: Done) -> None:
    for name in ("secrets.json", "passwords.json"):
        assert (done.settings.home / "airflow" / name).stat().st_mode & 0o077 == 0


def test_a_second_time_there_is_nothing_to_do(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "running", lambda _: pytest.fail("Airflow was started"))
    console = Console(file=io.StringIO(), width=200)
    begun = time.monotonic()
    demo.run(done.settings, console)
    assert isinstance(console.file, io.StringIO)
    assert "Nothing new" in console.file.getvalue()
    assert time.monotonic() - begun < 20


class People:
    """Numbers and names of everybody in the drop, as delivered."""

    def __init__(self, given: Settings) -> None:
        with warehouse.connect(given, warehouse.LOADER) as connection:
            rows = connection.execute(
                "select nik, nama_lengkap from raw.registry union select no_kk, nama_lengkap from raw.registry"
                " union select nik, nama from raw.online_person union select nik, nama from raw.interview_person"
            ).fetchall()
        self.numbers = {number for number, _ in rows if number and re.fullmatch(r"\d{16}", number)}
        self.names = sorted({name.upper() for _, name in rows if name and len(name.split()) > 1 and len(name) > 10})
        assert len(self.numbers) > 500
        assert len(self.names) > 500

    def found_in(self, text: str) -> list[str]:
        upper = text.upper()
        numbers = [number for number in re.findall(r"\d{16}", text) if number in self.numbers]
        return numbers + [name for name in self.names if name in upper]


def metadata(given: Settings) -> psycopg.Connection:
    url = warehouse.admin_url(given).replace(f"/{warehouse.DATABASE}?", f"/{local_server.DATABASE}?")
    return psycopg.connect(url)


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return {}

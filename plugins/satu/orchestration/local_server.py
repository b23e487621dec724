"""A local Airflow: its settings, its database beside the warehouse, and start and stop of its four processes.

Its files are under SATU_HOME: `airflow/` (generated secrets, the web password) and `logs/`. There is no configuration
file; the processes get their settings as environment variables. Each process leads its own session, and `running`
always ends exactly these sessions.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from satu import warehouse
from satu.errors import BuildFailed, RetryableError, WrongUsage
from satu.orchestration.api import AirflowApi
from satu.orchestration.environment import DATABASE, LOGIN, USER, environment, home_of, secrets_of
from satu.settings import Settings
from satu.urls import described

if TYPE_CHECKING:
    from rich.console import Console

DAGS = ("release", "ingest", "maintenance")
"""In the order in which they are unpaused: an asset event does not trigger a DAG that is still paused."""
_PREFERRED_PORT = 8080
_HEALTHY_WITHIN_S = 120.0
_STOPPED_WITHIN_S = 20.0
_PROCESSES = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
_CAN_WAIT = {"triggerer"}
"""Serves only deferred tasks, so it starts after the others."""


@dataclass(frozen=True)
class AirflowServer:
    """A running local Airflow."""

    url: str
    api: AirflowApi
    password_file: Path
    log_dir: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def check(self) -> None:
        """Check that all processes are running.

        Raises:
            BuildFailed: a process ended by itself; the message names it and its log.
        """
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.log_dir / f"airflow-{name}.log"
                raise BuildFailed(f"Airflow's {name} ended by itself with code {process.returncode}; its log is {log}")


@contextmanager
def running(settings: Settings) -> Iterator[AirflowServer]:
    """Yield an Airflow that is healthy and has parsed the DAGs; stop it at the end.

    Raises:
        WrongUsage: an Airflow is already running for this SATU_HOME.
        BuildFailed: a process ended, or a DAG file does not import.
        RetryableError: Airflow was not healthy in time.
    """
    with ExitStack() as stack:
        home = home_of(settings)
        stack.enter_context(_only_one(home))
        _stop_leftovers(home)
        stack.enter_context(_terminate_as_interrupt())
        env = environment(settings, stack.enter_context(_reserved_port()))
        _migrate(settings, env)
        password_file = home / "passwords.json"
        url = env["AIRFLOW__API__BASE_URL"]
        api = stack.enter_context(closing(AirflowApi(url, USER, json.loads(password_file.read_text())[USER])))
        server = AirflowServer(url, api, password_file, settings.logs_dir)
        stack.callback(_stop, server, home)
        since = time.time()
        for name, arguments in _PROCESSES.items():
            server.processes[name] = _spawn(name, arguments, env, settings)
            _remember(server, home)
        _wait(server, lambda: server.api.is_healthy(since), "healthy")
        _wait(server, lambda: set(DAGS) <= server.api.dag_ids() or _import_failed(server), "ready with its DAGs")
        yield server


def up(settings: Settings, console: "Console") -> None:
    """Run Airflow in the foreground, with its DAGs unpaused, until Ctrl-C (`satu up`).

    Raises:
        BuildFailed: one of its processes ended by itself.
    """
    if settings.landing_url == str(settings.home.resolve() / "landing"):
        Path(settings.landing_url).mkdir(parents=True, exist_ok=True)  # a place for the first file
    with suppress(KeyboardInterrupt), running(settings) as server:
        for dag_id in DAGS:
            server.api.unpause(dag_id)
        for line in (
            f"Airflow   {server.url}",
            f"User      {USER}",
            f"Password  in {server.password_file}",
            f"Logs      in {server.log_dir}",
            f"Landing   {described(settings.landing_url)}",
            "Ctrl-C stops it.",
        ):
            console.print(line, highlight=False, soft_wrap=True)
        while True:
            server.check()
            time.sleep(1)


@contextmanager
def _reserved_port() -> Iterator[int]:
    """Reserve a port of 127.0.0.1 until our Airflow listens on it.

    A socket bound without SO_REUSEADDR blocks the port for all others. Once the option is set, a server that sets it
    too (as Airflow's does) can bind the port as well, and a second reservation still fails.
    """
    with socket.socket() as held:
        try:
            held.bind(("127.0.0.1", _PREFERRED_PORT))
        except OSError:
            held.bind(("127.0.0.1", 0))
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield int(held.getsockname()[1])


def _migrate(settings: Settings, env: dict[str, str]) -> None:
    """Migrate the metadata database to this Airflow's version, which is recorded as a comment on the database."""
    wanted = f"airflow {version('apache-airflow-core')}"
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as admin:
        login, database = sql.Identifier(LOGIN), sql.Identifier(DATABASE)
        if not admin.execute("select from pg_roles where rolname = %s", (LOGIN,)).rowcount:
            admin.execute(sql.SQL("create role {} login").format(login))
        warehouse.set_password(admin, LOGIN, secrets_of(home_of(settings))["database"])
        known = admin.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", (DATABASE,)
        ).fetchone()
        if known == (wanted,):
            return
        if known is None:
            admin.execute(sql.SQL("create database {} owner {}").format(database, login))
        log = settings.logs_dir / "airflow-db.log"
        with log.open("ab") as output:
            command = [sys.executable, "-m", "airflow", "db", "migrate"]
            done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
        if done.returncode:
            raise BuildFailed(f"`airflow db migrate` failed on the database {DATABASE}; its log is {log}")
        admin.execute(sql.SQL("comment on database {} is {}").format(database, sql.Literal(wanted)))


def _spawn(name: str, arguments: list[str], env: dict[str, str], settings: Settings) -> subprocess.Popen[bytes]:
    with (settings.logs_dir / f"airflow-{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", *arguments],
            env=env,
            cwd=settings.project_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if name in _CAN_WAIT:
        os.setpriority(os.PRIO_PROCESS, process.pid, 10)
    return process


def _wait(server: AirflowServer, condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _HEALTHY_WITHIN_S
    while not condition():
        server.check()
        if time.monotonic() > deadline:
            raise RetryableError(
                f"Airflow was not {what} within {_HEALTHY_WITHIN_S:.0f} s; its logs are {server.log_dir}/airflow-*.log"
            )
        time.sleep(0.2)


def _import_failed(server: AirflowServer) -> bool:
    broken = server.api.import_errors()
    if broken:
        raise BuildFailed(f"Airflow cannot import {', '.join(broken)}; see {server.log_dir / 'airflow/dag_processor'}")
    return False


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    with (home / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WrongUsage(
                f"an Airflow of {home.parent} is already running; stop that command (Ctrl-C) first"
            ) from None
        yield


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Handle TERM like Ctrl-C, so that no process is left running."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _remember(server: AirflowServer, home: Path) -> None:
    import psutil

    born = {str(process.pid): psutil.Process(process.pid).create_time() for process in server.processes.values()}
    (home / "processes.json").write_text(json.dumps(born))


def _stop(server: AirflowServer, home: Path) -> None:
    _end({process.pid for process in server.processes.values()})
    for process in server.processes.values():
        process.wait()
    (home / "processes.json").unlink(missing_ok=True)


def _stop_leftovers(home: Path) -> None:
    """End processes left by a killed command of this SATU_HOME, identified by process id and start time."""
    import psutil

    remembered = home / "processes.json"
    if not remembered.exists():
        return
    left = set()
    for pid, born in json.loads(remembered.read_text()).items():
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(int(pid)).create_time() == born:
                left.add(int(pid))
    _end(left)
    remembered.unlink()


def _end(leaders: set[int]) -> None:
    """End the sessions of these leaders and all their descendants: TERM first, then KILL."""
    import psutil

    family = []
    for pid in leaders:
        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(pid)
            family += [leader, *leader.children(recursive=True)]
    for process in family:
        # Airflow puts every task into its own process group.
        with suppress(ProcessLookupError):
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=_STOPPED_WITHIN_S)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=_STOPPED_WITHIN_S)

"""The embedded server starts and stops whatever happened to it. Each test ends only processes of its own server."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from satu.errors import RetryableError
from satu.settings import Settings
from satu.warehouse import embedded
from satu.warehouse.embedded import EmbeddedServer

ROUNDS = 3


def test_a_link_in_the_place_of_the_sockets_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = tmp_path / ("long" * 30)
    folder = embedded._socket_folder(place, None)
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()
    (tmp_path / "another").mkdir()
    folder.symlink_to(tmp_path / "another")
    with pytest.raises(RetryableError, match="belongs to another user"):
        embedded._socket_folder(place, None)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    home = Path(tempfile.mkdtemp(prefix="satu-server-"))
    home.chmod(0o711)
    made = Settings(home=home, warehouse_url=None)
    yield made
    embedded.find(made).stop()
    shutil.rmtree(home)


@pytest.fixture
def server(settings: Settings) -> EmbeddedServer:
    """A running server that has something to recover when it is killed."""
    made = embedded.ensure_running(settings)
    with connected(made) as connection:
        connection.execute("create table if not exists public.kept (number int, text text)")
    return made


def connected(server: EmbeddedServer) -> psycopg.Connection:
    return psycopg.connect(server.url(embedded.ADMIN, "postgres"), autocommit=True)


def write(server: EmbeddedServer) -> int:
    """Write more rows; return how many there are now."""
    with connected(server) as connection:
        connection.execute(
            "insert into public.kept select number, repeat('x', 100) from generate_series(1, 100000) as number"
        )
    return count(server)


def count(server: EmbeddedServer) -> int:
    with connected(server) as connection:
        row = connection.execute("select count(*) from public.kept").fetchone()
    assert row
    return int(row[0])


def postmaster(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))


def kill_postmaster(server: EmbeddedServer) -> None:
    found = postmaster(server)
    found.kill()
    found.wait()


def kill_backend(server: EmbeddedServer) -> None:
    """Kill one backend: the server then takes down the others and recovers, and its own process lives on."""
    with connected(server) as victim:
        psutil.Process(victim.info.backend_pid).kill()


def expect_stopped(settings: Settings, server: EmbeddedServer, processes: list[psutil.Process], rows: int) -> None:
    """Nothing of the server is left, and what was committed is there when it starts again."""
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert alive == []
    assert not server.is_running()
    assert not server.stop()
    embedded.ensure_running(settings)
    assert count(server) == rows


def test_a_server_that_was_killed_and_started_again_stops_at_once(settings: Settings, server: EmbeddedServer) -> None:
    for _ in range(ROUNDS):
        rows = write(server)
        kill_postmaster(server)
        embedded.ensure_running(settings)
        processes = [postmaster(server), *postmaster(server).children()]
        assert server.stop()
        expect_stopped(settings, server, processes, rows)


def test_a_server_that_has_only_begun_to_recover_stops(settings: Settings, server: EmbeddedServer) -> None:
    for _ in range(ROUNDS):
        rows = write(server)
        kill_postmaster(server)
        start = ("start", "-W", "-D", str(server.data), "-l", str(server.log), "-o", f"-k {server.sockets}")
        assert server._call("pg_ctl", *start).returncode == 0
        while not server._has_process():  # the new process writes its number over that of the killed one
            pass
        processes = [postmaster(server)]
        assert server.stop()
        expect_stopped(settings, server, processes, rows)


@pytest.mark.parametrize("noticed", [False, True], ids=["at once", "in its recovery"])
def test_a_server_of_which_a_backend_was_killed_stops(
    settings: Settings, server: EmbeddedServer, noticed: bool
) -> None:
    for _ in range(ROUNDS):
        rows = write(server)
        process = postmaster(server)
        kill_backend(server)
        while noticed and server.is_running():
            pass
        assert server.stop()
        expect_stopped(settings, server, [process], rows)


def test_a_server_that_hangs_since_it_was_told_to_stop_in_its_recovery_is_stopped(
    settings: Settings, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_RECOVERY_SECONDS", 1)
    monkeypatch.setattr(embedded, "_STOP_SECONDS", 1)
    for _ in range(ROUNDS):
        rows = write(server)
        process = postmaster(server)
        kill_backend(server)
        while server.is_running():
            pass
        server._call("pg_ctl", "stop", "-W", "-m", "fast", "-D", str(server.data))
        assert server.stop() or not process.is_running()
        expect_stopped(settings, server, [process], rows)


def test_a_server_that_was_killed_has_nothing_to_stop(settings: Settings, server: EmbeddedServer) -> None:
    rows = write(server)
    process = postmaster(server)
    kill_postmaster(server)
    assert not server.stop()
    expect_stopped(settings, server, [process], rows)


def test_another_program_with_the_number_of_a_killed_server_is_left_alone(
    settings: Settings, server: EmbeddedServer
) -> None:
    assert server.stop()
    left_behind = server.data / "postmaster.pid"
    left_behind.write_text(f"{psutil.Process().pid}\n")
    assert not server.stop()
    left_behind.unlink()

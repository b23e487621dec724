"""What a killed command leaves on the disk is for nobody else to read, and gone with the next command."""

import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from satu import scratch, settings
from satu.cli.main import app
from satu.errors import PermanentError, WrongUsage

NIK = "3371015508779876"
# Holds more than fits into the memory, as linkage does, and says so when part of it is on the disk.
SPILLS = """
import sys
from pathlib import Path
import duckdb
from satu import scratch

with scratch.folder(Path(sys.argv[1]), "link") as folder:
    connection = duckdb.connect(config={"temp_directory": str(folder), "memory_limit": "40MB", "threads": 1})
    query = "create table record as select $1 || i || repeat(' SITI', 20) as name from range(1000000) r (i)"
    connection.execute(query, [sys.argv[2]])
    print("working", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the middle of a linkage whose tables are partly on the disk."""
    command = [sys.executable, "-c", SPILLS, str(tmp_path), NIK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"working\n"
        yield process
        process.kill()


def files(home: Path) -> list[Path]:
    return [path for path in (home / scratch.FOLDER).rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_killed_process_leaves_records_that_the_next_command_removes(
    at_work: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SATU_HOME", str(tmp_path))
    assert scratch.clean(tmp_path) == []  # it is still at work
    at_work.kill()
    at_work.wait()
    left = files(tmp_path)
    assert any(NIK.encode() in path.read_bytes() for path in left)
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o600}
    folders = {path.parent for path in left} | {tmp_path / scratch.FOLDER}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert CliRunner().invoke(app, ["processing"]).exit_code == 0
    assert files(tmp_path) == []


def test_a_process_that_ends_by_itself_leaves_nothing(at_work: subprocess.Popen[bytes], tmp_path: Path) -> None:
    at_work.communicate(b"\n")
    assert at_work.returncode == 0
    assert files(tmp_path) == []


def test_a_folder_of_an_earlier_version_is_removed(tmp_path: Path) -> None:
    (tmp_path / "link-abc").mkdir()
    (tmp_path / "link-abc" / "duckdb_temp_block-0.block").write_text(NIK)
    assert scratch.clean(tmp_path) == ["link-abc"]
    assert not (tmp_path / "link-abc").exists()


def test_a_folder_that_had_no_lock_yet_is_removed(tmp_path: Path) -> None:
    (tmp_path / scratch.FOLDER / "link-abc").mkdir(parents=True)
    assert scratch.clean(tmp_path) == ["link-abc"]


def test_a_file_of_records_is_new_and_for_its_owner_alone(tmp_path: Path) -> None:
    os.close(scratch.new_file(tmp_path / "out.csv"))
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere")
    for name in ("out.csv", "link.csv", "no folder/out.csv"):
        with pytest.raises(WrongUsage, match="expected a"):
            scratch.new_file(tmp_path / name)


def test_the_umask_is_as_before(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with scratch.folder(tmp_path, "link"), pytest.raises(ValueError, match="x"), scratch.folder(tmp_path, "link"):
            raise ValueError("x")
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_what_cannot_be_removed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link-abc").mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(scratch.shutil, "rmtree", refuse)
    with pytest.raises(PermanentError, match=r"link-abc is left over .* Remove it as its owner"):
        scratch.clean(tmp_path)


def test_a_crash_leaves_no_memory_on_the_disk() -> None:
    settings.load()
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0

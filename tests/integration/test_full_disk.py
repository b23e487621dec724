"""A disk that is full fails the load; once there is room, the next run takes the file whole.

Real file systems of a few megabytes: only root may mount one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from satu import ledger, pipeline, warehouse
from satu.errors import RetryableError
from satu.settings import Settings
from support import Landing

HEADER = b"nip,nik,nama,instansi,kode_kabkota\n"
GOOD = b"198806182010012000,3371015806880001,ANGGUN VERA,SETDA,3371\n"
Disk = Callable[[int], Path]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")


@pytest.fixture
def disk() -> Iterator[Disk]:
    """Mount file systems of so many MiB; they go when the test ends."""
    mounted: list[Path] = []

    def of_size(mebibytes: int) -> Path:
        place = Path(tempfile.mkdtemp(prefix="satu-disk-"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=711", "tmpfs", place], check=True)
        mounted.append(place)
        return place

    yield of_size
    for place in mounted:
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def grow(place: Path, mebibytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", place], check=True)


def until_done(settings: Settings, most_runs: int = 10) -> None:
    """Run the command as often as a server needs that has to recover first; each time it ends in one line."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SATU_")}
    given = {"SATU_HOME": str(settings.home), "SATU_LANDING_URL": settings.landing_url}
    for _ in range(most_runs):
        command = [sys.executable, "-c", "from satu.cli.main import main; main()", "run", "--until", "load"]
        run = subprocess.run(command, env=kept | given, capture_output=True, text=True, check=False)
        if run.returncode == 0:
            return
        assert "no connection to the embedded server" in run.stderr
    raise AssertionError(f"not done in {most_runs} runs")


def test_a_full_disk_fails_the_load_and_leaves_the_file_waiting(
    landing: Landing, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = disk(4)
    monkeypatch.setattr(tempfile, "tempdir", str(place))  # where rejected records are kept until COPY takes them
    records = 40_000
    landing.drop("asn", "a.csv", HEADER + GOOD + (b"x" * 100 + b",2\n") * records)
    with pytest.raises(RetryableError, match="is full"):
        landing.load()
    assert landing.file("a.csv")["status"] == "landed"
    assert landing.query("select count(*) from raw.asn") == [(0,)]
    assert landing.query("select count(*) from ops.rejected_record") == [(0,)]
    grow(place, 40)
    assert landing.load() == {"loaded": 1}
    assert landing.file("a.csv")["records_rejected"] == records


def test_a_full_disk_under_the_server_fails_the_load_and_leaves_the_file_waiting(disk: Disk, tmp_path: Path) -> None:
    place = disk(200)
    settings = Settings(home=place, landing_url=str(tmp_path), warehouse_url=None)
    try:
        ledger.migrate(settings)
        landing = Landing(settings, tmp_path)
        records = 1_500_000
        landing.drop("asn", "a.csv", HEADER + GOOD * records)
        waiting = pipeline.sweep(settings)
        with pytest.raises(RetryableError, match="not loaded still wait, complete"):
            pipeline.load_files(settings, waiting)
        grow(place, 2000)
        until_done(settings)
        assert landing.query("select count(*), count(distinct _record_no) from raw.asn") == [(records, records)]
        assert landing.file("a.csv")["records_loaded"] == records
    finally:
        warehouse.stop(settings)

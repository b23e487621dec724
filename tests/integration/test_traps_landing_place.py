"""Files that change, vanish or are closed while they are read, each with the outcome that docs/traps.md states."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from asn_files import GOOD, PLAIN, asn, expect_loaded, expect_refused, names

from satu import landing_place, pipeline
from satu.load import copying
from support import Landing


def test_a_file_with_an_unforeseen_error_is_refused_alone(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    real = copying.members

    def failing(stream: BinaryIO, name: str, size: int) -> object:
        if name == "a.csv":
            raise LookupError("3371015806880001")
        return real(stream, name, size)

    monkeypatch.setattr(copying, "members", failing)
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "good.csv", PLAIN + b"\n")
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "a.csv", "unexpected error (LookupError)")


@pytest.fixture
def while_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen between the first look at a file's bytes and the last."""

    def given(happens: Callable[[], None]) -> None:
        real = copying.members

        def members(*arguments: object) -> Iterator[object]:
            yield from real(*arguments)
            happens()

        monkeypatch.setattr(copying, "members", members)

    return given


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_sweep(
    landing: Landing, while_read: Callable[[Callable[[], None]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = landing.drop("asn", "a.csv", PLAIN)
    while_read(lambda: path.write_bytes(PLAIN + f"{GOOD}\n".encode()))
    assert landing.load() == {"refused": 1}
    expect_refused(landing, "a.csv", "it changed after it was listed")
    assert names(landing) == []
    monkeypatch.undo()
    assert landing.load() == {"loaded": 1}
    assert len(names(landing)) == 3


def test_a_file_that_vanishes_while_it_is_read_is_refused(
    landing: Landing, while_read: Callable[[Callable[[], None]], None]
) -> None:
    path = landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    while_read(lambda: path.unlink(missing_ok=True))
    assert pipeline.load_files(landing.settings, waiting) == {"loaded": 1, "refused": 1}
    expect_refused(landing, "a.csv", "disappeared")
    assert names(landing) == ["ANGGUN VERA"]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of files that may not be read; the test may run as root, whom no mode stops."""
    found: set[str] = set()
    real = landing_place.open_local

    def opened(path: str) -> BinaryIO:
        if Path(path).name in found:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(landing_place, "open_local", opened)
    return found


def test_a_file_without_permission_is_refused_once_and_stops_no_other(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", asn(GOOD))
    closed.add("a.csv")
    assert landing.load() == {"loaded": 1}
    expect_refused(landing, "a.csv", "no permission")
    landing.load()
    assert landing.query("select file_name, status from ops.file order by 1") == [
        ("a.csv", "refused"),
        ("b.csv", "loaded"),
    ]
    closed.clear()
    assert landing.load() == {"loaded": 1}
    expect_loaded(landing, "a.csv", 2)


def test_a_file_that_loses_its_permission_after_the_sweep_is_refused(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    closed.add("a.csv")
    assert pipeline.load_files(landing.settings, waiting) == {"loaded": 1, "refused": 1}
    expect_refused(landing, "a.csv", "no permission")
    closed.clear()
    assert landing.load() == {"loaded": 1}


def test_a_folder_without_permission_is_refused_and_stops_no_other(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", PLAIN, area="1671")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("area=1671"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert landing.load() == {"loaded": 1}
    landing.load()
    assert landing.query("select feed, file_name, status from ops.file order by 2") == [
        ("asn", "a.csv", "loaded"),
        ("asn", "area=1671", "refused"),
    ]
    expect_refused(landing, "area=1671", "no permission")


def test_links_in_the_landing_place_are_refused(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.csv").write_bytes(PLAIN)
    slot = landing.drop("asn", "good.csv", PLAIN).parent
    links = {
        "out.csv": elsewhere / "a.csv",
        "within.csv": slot / "good.csv",
        "folder": elsewhere,
        "nowhere.csv": elsewhere / "nothing.csv",
    }
    for link, target in links.items():
        (slot / link).symlink_to(target)
        os.utime(slot / link, (1_600_000_000, 1_600_000_000), follow_symlinks=False)
    assert landing.load() == {"loaded": 1}
    for link in links:
        expect_refused(landing, link, "it is a link")
    landing.load()
    assert landing.query("select count(*) from ops.file") == [(5,)]
    (slot / "out.csv").unlink()
    landing.drop("asn", "out.csv", asn(GOOD))
    assert landing.load() == {"loaded": 1}

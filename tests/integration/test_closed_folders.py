"""Folders of the landing place that the account may not look into are reported, and no longer when they open."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from asn_files import GOOD, OTHER, asn

from satu.errors import WrongUsage
from satu.landing_file import NO_PERMISSION
from satu.landing_place import LandingPlace
from satu.ledger import queries
from support import Landing

ONE, ANOTHER = asn(GOOD), asn(OTHER)
NOBODY = 65534
A, B = "asn/area=1671/period=2020-03-01/a.csv", "asn/area=3371/period=2020-03-01/b.csv"


@pytest.fixture
def place() -> Iterator[Path]:
    """A landing place with two files that any user may read."""
    root = Path(tempfile.mkdtemp(prefix="satu-closed-"))
    root.chmod(0o755)
    for path in (A, B):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_bytes(ONE)
    yield root
    for folder in (root, *root.rglob("*")):
        folder.chmod(0o755)
    shutil.rmtree(root)


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user whom modes stop: root is not one."""
    if os.geteuid():
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def seen(place: Path) -> dict[str, str | None]:
    with without_rights():
        return {file.path: file.problem for file in LandingPlace(str(place)).files()}


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o711])
@pytest.mark.parametrize("folder", ["asn/area=1671", "asn/area=1671/period=2020-03-01"])
def test_a_closed_folder_is_reported_once_with_what_is_seen_beside_it(place: Path, folder: str, mode: int) -> None:
    assert seen(place) == {A: None, B: None}
    (place / folder).chmod(mode)
    assert seen(place) == {folder: NO_PERMISSION, B: None}
    (place / folder).chmod(0o755)
    assert seen(place) == {A: None, B: None}


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o711])
def test_a_landing_place_that_may_not_be_listed_is_told_so(place: Path, mode: int) -> None:
    place.chmod(mode)
    with pytest.raises(WrongUsage, match="may not be listed; expected a login that may list and read it"):
        seen(place)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of folders that may not be listed; the warehouse must be reached as well, so no rights are given up."""
    found: set[str] = set()
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name in found:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    return found


def refused(landing: Landing) -> list[str]:
    return [row["file_name"] for row in queries.files(landing.settings, queries.FileStatus.REFUSED)]


def test_a_folder_that_opens_again_is_no_problem_any_more(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", ONE, area="1671")
    landing.drop("asn", "b.csv", ANOTHER)
    closed.add("area=1671")
    assert landing.load() == {"loaded": 1}
    assert refused(landing) == ["area=1671"]
    landing.load()
    assert refused(landing) == ["area=1671"]
    closed.clear()
    assert landing.load() == {"loaded": 1}
    assert refused(landing) == []
    assert [row["refused"] for row in queries.status(landing.settings)["feeds"]] == [0]
    assert landing.query("select file_name, status, superseded_by = file_id from ops.file order by file_id") == [
        ("area=1671", "refused", True),
        ("b.csv", "loaded", None),
        ("a.csv", "loaded", None),
    ]


def test_a_folder_that_closes_again_is_reported_again(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", ONE, area="1671").unlink()  # nothing comes from it when it opens
    for _ in range(2):
        closed.add("area=1671")
        landing.load()
        assert refused(landing) == ["area=1671"]
        closed.clear()
        landing.load()
        assert refused(landing) == []
    assert landing.query("select count(*) from ops.file") == [(2,)]


def test_a_folder_below_a_closed_one_stays_reported(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", ONE, area="1671")
    closed.add("period=2020-03-01")
    landing.load()
    closed.add("area=1671")
    landing.load()
    assert refused(landing) == ["period=2020-03-01", "area=1671"]
    closed.clear()
    assert landing.load() == {"loaded": 1}
    assert refused(landing) == []

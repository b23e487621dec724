"""An export on a real server: complete or not there, checkable, and readable without a network."""

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from publishing import delivered, passed

from satu import warehouse
from satu.errors import WrongUsage
from satu.export import export_release
from satu.export import package as stage
from satu.release import publish
from satu.settings import Settings


@pytest.fixture
def folder(candidate: Settings) -> Path:
    """The export of the first release."""
    return export_release(candidate, publish(candidate, "r1").release_id)


def test_every_released_table_is_there_as_csv_and_parquet(folder: Path) -> None:
    import pyarrow.parquet as pq

    manifest = json.loads((folder / "manifest.json").read_text())
    assert [table["name"] for table in manifest["tables"]] == ["coverage_by_area", "reconciliation", "release_info"]
    for table in manifest["tables"]:
        with (folder / table["files"]["csv"]).open() as text:
            lines = list(csv.DictReader(text))
        parquet = pq.read_table(folder / table["files"]["parquet"])
        assert len(lines) == parquet.num_rows == table["rows"]
        assert list(lines[0]) == parquet.column_names == [column["name"] for column in table["columns"]]


def test_rows_are_in_the_order_of_their_values_not_of_the_table(folder: Path) -> None:
    with (folder / "data" / "coverage_by_area.csv").open() as text:
        assert [row["area_level"] for row in csv.DictReader(text)] == ["district", "regency"]


def test_a_formula_is_neutral_in_csv_and_itself_in_parquet(folder: Path) -> None:
    import pyarrow.parquet as pq

    with (folder / "data" / "reconciliation.csv").open() as text:
        assert [row["area_name"] for row in csv.DictReader(text)] == ['\'=HYPERLINK("x")']
    assert pq.read_table(folder / "data" / "reconciliation.parquet")["area_name"].to_pylist() == ['=HYPERLINK("x")']


def test_the_checksums_cover_every_file(folder: Path) -> None:
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert {name for _, name in lines} == files
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for digest, name in lines)


def test_the_pages_show_the_verdict_and_the_figures(folder: Path) -> None:
    for place, verdict in (("", "1 dari 1 pemeriksaan terpenuhi"), ("en/", "1 of 1 checks passed")):
        html = (folder / "site" / f"{place}index.html").read_text(encoding="utf-8")
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
        assert verdict in text
        assert "Magelang Selatan" in text
        assert "<title>" in html


def test_text_from_the_data_is_text_on_the_pages(candidate: Settings) -> None:
    hostile = "<!--<script>alert(1)</script>-->&"
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("update candidate.coverage_by_area set area_name = %s", (hostile,))
    site = export_release(candidate, publish(candidate, "r1").release_id) / "site"
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "<!--" not in html
        assert html.count("<script") == html.count("<script src=") == 2
    for path in site.glob("assets/search-*.js"):
        assert "<" not in path.read_text(encoding="utf-8")


def test_an_export_that_is_there_stays_as_it_is(candidate: Settings, folder: Path) -> None:
    before = (folder / "site" / "index.html").stat().st_mtime_ns
    assert export_release(candidate, folder.name) == folder
    assert (folder / "site" / "index.html").stat().st_mtime_ns == before


def test_a_folder_of_another_warehouse_is_no_export_of_this_one(candidate: Settings, folder: Path) -> None:
    """A new or restored warehouse counts its releases from one again, beside the folders of the former."""
    ours = (folder / "manifest.json").read_text()
    theirs = json.loads(ours) | {"run_id": "20200101T000000-abcd"}
    (folder / "manifest.json").write_text(json.dumps(theirs))
    (folder / "site" / "index.html").write_text("6,182 people")
    (folder / "more.txt").write_text("x")
    assert export_release(candidate, folder.name) == folder
    assert json.loads((folder / "manifest.json").read_text()) == json.loads(ours)
    assert "6,182" not in (folder / "site" / "index.html").read_text()
    assert not (folder / "more.txt").exists()
    assert [path.name for path in candidate.releases_dir.iterdir()] == [folder.name]


@pytest.mark.parametrize("damage", ["changed", "gone", "no manifest", "no sums", "no folder", "a file"])
def test_a_folder_that_is_not_whole_is_written_anew(candidate: Settings, folder: Path, damage: str) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if damage == "changed":
        (folder / "data" / "reconciliation.csv").write_text("x")
    elif damage in ("no folder", "a file"):
        shutil.rmtree(folder)
        if damage == "a file":
            folder.write_text("x")
    else:
        gone = {"gone": "site/index.html", "no manifest": "manifest.json", "no sums": "SHA256SUMS"}[damage]
        (folder / gone).unlink()
    export_release(candidate, folder.name)
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {path.name for path in before}
    unchanged = {path for path in before if path.suffix in (".csv", ".json")}
    assert {path for path in unchanged if path.read_bytes() != before[path]} == set()


def test_an_export_that_fails_leaves_nothing(candidate: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    release_id = publish(candidate, "r1").release_id
    monkeypatch.setattr(stage, "write_site", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_release(candidate, release_id)
    assert list(candidate.releases_dir.iterdir()) == []


def test_an_older_release_is_exported_as_it_was(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("update candidate.coverage_by_area set counted_person_count = 200")
    delivered(candidate, "r2")
    passed(candidate, "r2")
    publish(candidate, "r2")
    with (export_release(candidate, first) / "data" / "coverage_by_area.csv").open() as text:
        assert {row["counted_person_count"] for row in csv.DictReader(text)} == {"100"}


def test_a_release_that_never_was_is_told(candidate: Settings) -> None:
    with pytest.raises(WrongUsage, match=r"2001-01-01\.1"):
        export_release(candidate, "2001-01-01.1")

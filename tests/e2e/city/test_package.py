"""The files of a release beside its pages: a valid data package, a workbook that keeps every code and value."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from satu.export.workbook import LEFT_OUT
from support import Published


@pytest.fixture(scope="module")
def folder(published: Published) -> Path:
    return published.settings.releases_dir / str(published.outcome.release_id)


def test_the_package_is_valid_by_its_own_schema(folder: Path) -> None:
    from frictionless import Package, system

    with system.use_context(trusted=True):
        package = Package(str(folder / "datapackage.json"))
        names = {resource.name for resource in package.resources}
        report = package.validate(limit_errors=3)
    assert {"coverage_by_area", "population_by_age_sex", "value_status", "release_info"} <= names
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])


def test_every_field_has_a_meaning_and_every_table_a_key(folder: Path) -> None:
    described = json.loads((folder / "datapackage.json").read_text())
    assert described["licenses"][0]["name"] == "CC-BY-4.0"
    assert "Simulated data" in described["description"]
    for resource in described["resources"]:
        if resource["name"] != "release_info":
            assert "primaryKey" in resource["schema"], resource["name"]
            fields = resource["schema"]["fields"]
            assert [f["name"] for f in fields if "description" not in f and f["name"] != "release_id"] == []


def test_the_workbook_keeps_every_code_and_value(published: Published, folder: Path) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(folder / "simulated_census.xlsx"))
    assert book.sheet_names[0] == "Catatan - Notes"
    rows = book.get_sheet_by_name("coverage_by_area").to_python(skip_empty_area=False)
    names = rows[1]
    found = {row[names.index("area_code")]: row for row in rows[2:]}
    expected = published.rows(
        "select area_code, counted_person_count, settled_person_percent, remaining_household_count"
        " from published.coverage_by_area where area_level <> 'sls'"
    )
    assert found.keys() == {row[0] for row in expected}
    columns = [names.index(n) for n in ("counted_person_count", "settled_person_percent", "remaining_household_count")]
    for code, *values in expected:
        cells = [found[code][column] for column in columns]
        assert [None if cell == "" else Decimal(str(cell)) for cell in cells] == [
            None if value is None else Decimal(str(float(value))) for value in values
        ]
    tables = {table["name"] for table in json.loads((folder / "manifest.json").read_text())["tables"]}
    assert set(book.sheet_names[1:]) == {name[:31] for name in tables - set(LEFT_OUT)}


def test_both_dialects_of_csv_read_back_equal(folder: Path) -> None:
    for path in sorted((folder / "data").glob("*.csv")):
        if path.name.endswith(".indonesia.csv"):
            continue
        with path.open(encoding="utf-8") as standard:
            rows = list(csv.reader(standard))
        with path.with_suffix(".indonesia.csv").open(encoding="utf-8-sig") as local:
            others = list(csv.reader(local, delimiter=";"))
        assert len(rows) == len(others)
        for row, other in zip(rows[:2000], others[:2000], strict=True):
            for cell, here in zip(row, other, strict=True):
                assert here in (cell, f"'{cell}", cell.replace(".", ",")), (path.name, cell, here)


def test_names_of_files_say_that_they_are_simulated(folder: Path) -> None:
    assert all(path.name.startswith("simulated_") for path in (folder / "data").iterdir())

"""How both languages of the site write numbers, days, times and headings; and cells of an export."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from satu.export.data import neutral
from satu.export.site import charts
from satu.export.site.words import LANGUAGES, Language, catalogue, heading


@pytest.mark.parametrize("cell", ["=1+1", "+62", "-3", "@sum", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-3, -1.5, Decimal("-2"), None, "KOTA MAGELANG", "a=b", ""])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert neutral(cell) == cell


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (None, "\N{EN DASH}", "\N{EN DASH}"),
        (121526, "121.526", "121,526"),
        (Decimal("97.25"), "97,25", "97.25"),
        (True, "ya", "yes"),
        ("MAGELANG", "MAGELANG", "MAGELANG"),
        (date(2020, 8, 15), "15 Agustus 2020", "15 August 2020"),
        (datetime(2020, 9, 30, 18, 30, tzinfo=UTC), "1 Oktober 2020, 01:30 WIB", "1 October 2020, 01:30 WIB"),
    ],
)
def test_values_as_people_of_the_language_write_them(value: object, indonesian: str, english: str) -> None:
    assert [Language(code).cell(value) for code in LANGUAGES] == [indonesian, english]


def test_headings_come_from_column_names() -> None:
    assert heading("responded_household_count") == "Responded family cards"
    assert heading("clean_household_percent") == "Clean family cards %"
    assert heading("average_household_size") == "Average household size"
    assert Language("id").heading("responded_household_count") == "Kartu keluarga menjawab daring"


def test_english_needs_no_catalogue_and_indonesian_has_one() -> None:
    assert catalogue("en").gettext("Overview") == "Overview"
    assert catalogue("id").gettext("Overview") == "Ringkasan"
    assert Language("id").text("") == ""


def test_a_drawing_has_nothing_that_a_strict_policy_refuses_and_leaves_out_what_is_withheld() -> None:
    drawn = charts.pyramid(["00-04", "05-09"], [7, None], [1234, 9])
    assert drawn.startswith("<svg")
    assert not [word for word in ("style=", "<style", "<script", "onload") if word in drawn]
    assert "1\N{THIN SPACE}234" in drawn
    assert drawn.count("currentColor") >= 3
    bars = charts.bars(["Wates", "Tidar"], [50.5, None], ["50,5", "ditahan"], 100)
    assert "50,5" in bars
    assert "ditahan" in bars
    curves = charts.curves(
        {"a": [(date(2020, 3, 1), 1), (date(2020, 3, 2), None), (date(2020, 3, 3), 5)], "b": []},
        [(date(2020, 3, 1), date(2020, 3, 2))],
        [date(2020, 3, 2)],
        9,
    )
    assert "2020-03" in curves

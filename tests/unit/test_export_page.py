"""Cells, numbers and charts of an export."""

from decimal import Decimal

import pytest

from satu.export.charts import bars, first_age, heading, pyramid
from satu.export.data import neutral
from satu.export.page import number, script


@pytest.mark.parametrize("cell", ["=1+1", "+62", "-3", "@sum", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-3, -1.5, Decimal("-2"), None, "KOTA MAGELANG", "a=b", ""])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert neutral(cell) == cell


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "\N{EN DASH}"), (121526, "121,526"), (Decimal("97.25"), "97.2"), (True, "yes"), ("a", "a")],
)
def test_numbers_as_people_read_them(value: object, text: str) -> None:
    assert number(value) == text


def test_a_script_neither_ends_early_nor_hides_its_end() -> None:
    held = script("a = '<!--<script></script>'; b = 1 < 2")
    assert held == r"a = '<\!--<\script><\/script>'; b = 1 < 2"


def test_headings_come_from_column_names() -> None:
    assert heading("responded_household_count") == "Responded family cards"
    assert heading("clean_household_percent") == "Clean family cards %"
    assert heading("average_household_size") == "Average household size"


def test_groups_of_ages_sort_by_their_youngest() -> None:
    assert sorted(["75+", "5-9", "unknown", "10-14"], key=first_age) == ["5-9", "10-14", "75+", "unknown"]


def test_bars_show_percentages_where_there_are_some() -> None:
    rows = [{"area_name": "WATES", "a_count": 10, "a_percent": Decimal("50.5")}]
    (trace,) = bars("x", "X", rows, ["a_count", "a_percent"]).figure["data"]
    assert (trace["x"], trace["y"]) == ([50.5], ["Wates"])


def test_bars_of_what_is_all_withheld_are_blank() -> None:
    rows = [{"area_name": name, "a_percent": value} for name, value in [("WATES", None), ("TIDAR", Decimal(1))]]
    assert bars("x", "X", rows[:1], ["a_percent"]).is_blank
    assert not bars("x", "X", rows, ["a_percent"]).is_blank


def test_the_pyramid_puts_men_left_and_leaves_what_is_withheld_out() -> None:
    rows = [
        {"age_group": "0-4", "sex": "male", "person_count": 7},
        {"age_group": "0-4", "sex": "female", "person_count": None},
    ]
    men, women = pyramid("x", "X", rows).figure["data"]
    assert (men["x"], women["x"]) == ([-7], [None])

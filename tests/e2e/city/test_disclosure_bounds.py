"""What bounds alone tell of the published tables: noise is at most 4, and nobody is counted less than not at all."""

import polars as pl
import pytest
from attacks import EDUCATION, Cell, pinned, sums, tables, told
from truths import shown

from support import Published


@pytest.mark.long
def test_bounds_leave_no_small_count_a_single_value(
    cities: list[pl.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows of education that would be withheld are not there; were they, some would be worked out."""
    found = {"as published": 0, "with withheld rows of education": 0}
    for people in cities:
        made = tables(people, told)
        equations = [[whole, *parts] for _, whole, parts in sums(made.true)]
        left_out = {cell for cell in made.true if str(cell[0]).startswith(EDUCATION)}
        for name, unseen in zip(found, (left_out, set[Cell]()), strict=True):
            known = pinned(made.shown, equations, unseen)
            found[name] += sum(made.true[cell] == value for cell, value in known.items())
    shown(capsys, "small counts that bounds leave a single value:", *(f"  {name}: {n}" for name, n in found.items()))
    assert found["as published"] == 0


def test_days_and_totals_to_date_tell_no_small_count(published: Published, capsys: pytest.CaptureFixture[str]) -> None:
    known, equations = 0, 0
    for thing in ("responded_household", "clean_household", "checked_household"):
        days = published.rows(
            f"select area_level, area_code, event_date, {thing}_count, {thing}_to_date_count"
            " from published.coverage_daily order by 1, 2, 3"
        )
        told_of: dict[Cell, int | None] = {}
        parts_of: list[list[Cell]] = []
        before: Cell | None = None
        for level, area, day, count, to_date in days:
            now: Cell = ("to date", level, area, day)
            told_of[level, area, day], told_of[now] = count, to_date
            same = before is not None and before[1:3] == now[1:3]
            parts_of.append([now, (level, area, day), *([before] if same and before else [])])
            before = now
        unseen = {cell for cell in told_of if "village" in cell}
        equations += len(parts_of)
        known += sum(cell[0] != "to date" for cell in pinned(told_of, parts_of, unseen))
    shown(capsys, f"{equations:,} days with totals to date: {known} small counts of a day have a single value")
    assert known == 0

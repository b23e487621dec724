"""Tables in a terminal: they obey its width, wrap at words, and are one line a row where a program reads them."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from satu.cli import console as show

ROWS = [
    {"release_id": "2026-11-28.1", "approved_by": "gate", "residents_counted": 121393},
    {"release_id": "2026-11-28.2", "approved_by": "a person with a very long name", "residents_counted": 7},
]


def printed(width: int) -> list[str]:
    out = Console(width=width)
    with out.capture() as held:
        out.print(show.table(ROWS, "Releases", out.width))
    return held.get().splitlines()


@pytest.mark.parametrize("width", [30, 50, 72, 1000])
def test_a_table_is_no_wider_than_asked_and_breaks_no_word(width: int) -> None:
    lines = printed(width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).replace(":", " ").split()
    assert {"2026-11-28.1", "2026-11-28.2", "residents", "counted", "person", "121393"} <= set(words)


def test_a_row_is_one_line_where_there_is_room() -> None:
    assert sum("a person with a very long name" in line and "2026-11-28.2" in line for line in printed(1000)) == 1


def test_a_narrow_terminal_shows_rows_below_each_other() -> None:
    assert "release id: 2026-11-28.1" in [line.strip() for line in printed(30)]


@pytest.mark.parametrize(("columns", "width"), [("70", 70), (None, 1000)])
def test_the_width_is_that_of_columns_or_of_a_line(tmp_path: Path, columns: str | None, width: int) -> None:
    environment = {"PATH": "/usr/bin:/bin", **({"COLUMNS": columns} if columns else {})}
    code = f"import sys; sys.path[:0] = {sys.path!r}; from satu.cli import console; print(console.console().width)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert int(done.stdout) == width

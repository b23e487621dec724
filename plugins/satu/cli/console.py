"""Show a run and its results in a terminal; every line is also readable in a log file."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from satu.pipeline.outcome import Outcome, Reporter

MAX_ROWS = 200
_BETWEEN = " " * 3  # between two columns
_WORD = 40  # longer ones, such as hashes, are broken
_ONE_LINE = 1000
"""Characters of a row that is read by another program."""
_SAYS = {
    "land": "listing the landing place",
    "load": "loading files",
    "build": "building tables (dbt)",
    "link": "linking records of the same person",
    "gate": "checking (Great Expectations)",
    "release": "publishing",
    "export": "writing pages and files of the release",
}


class ConsoleReporter(Reporter):
    """Shows each stage with a bar while it runs, and its duration in seconds afterwards."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._progress: Progress | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Enclose one stage."""
        before = self.seconds.get(name, 0.0)
        columns: list[ProgressColumn] = [
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
        ]
        if name == "load":
            columns.insert(3, DownloadColumn())
        with _bar(self._console, *columns) as bar:
            self._progress = bar
            bar.add_task(f"{name:8} {_SAYS[name]}", total=None)
            with super().stage(name):
                yield
        self._console.print(f"{name:8} {_SAYS[name]:40} {self.seconds[name] - before:6.1f} s", highlight=False)

    def loaded(self, files: dict[str, int]) -> None:
        """Report the outcome of the files before a later stage can fail."""
        counts = ", ".join(f"{count} {outcome}" for outcome, count in files.items())
        why = "; `satu files --status refused` says why" if files.get("refused") else ""
        self._console.print(f"{'':8} files: {counts}{why}", highlight=False, soft_wrap=True)

    def loading(self, total_bytes: int) -> Callable[[int], None]:
        """Show how many bytes are loaded."""
        bar = self._progress
        if bar is None:
            return super().loading(total_bytes)
        task = bar.task_ids[0]
        bar.update(task, total=total_bytes)
        return lambda done: bar.advance(task, done)


def outcome_lines(done: Outcome) -> list[str]:
    """Return lines that say what a run did and what to do next."""
    lines = [] if done.waiting or done.files else ["no new files"]
    if done.exported_to:
        lines.append(
            f"release {done.release_id} is published; open {done.exported_to}/site/index.html,"
            f" or query it with `{command_name()} psql`"
        )
    elif done.missing:
        lines.append(
            f"nothing can be released yet: no record of {', '.join(done.missing)} is loaded; the first release needs"
            " some. Drop files at <feed>/area=<code>/period=<date>/<name> of the landing place, then run again"
        )
    elif done.outcome in ("land", "load"):
        count = done.waiting if done.outcome == "land" else done.files["loaded"]
        said = "files that wait to be loaded" if done.outcome == "land" else "files loaded, not released yet"
        lines.append(f"{said}: {count}; `{command_name()} run` goes on")
    elif done.run_id is None and done.release_id:
        lines.append(f"nothing new to release; release {done.release_id} is current")
    return lines


def console(*, stderr: bool = False) -> Console:
    """Return the console to write to: as wide as COLUMNS or the terminal; else so wide that a row is one line."""
    made = Console(stderr=stderr)
    return made if made.is_terminal or "COLUMNS" in os.environ else Console(stderr=stderr, width=_ONE_LINE)


def command_name() -> str:
    """Return how this command can be called again from this folder."""
    if shutil.which("satu"):
        return "satu"
    program = Path(sys.executable).parent / "satu"
    return str(program.relative_to(Path.cwd())) if program.is_relative_to(Path.cwd()) else str(program)


def table(rows: list[dict[str, Any]], title: str, width: int) -> Table | str:
    """Return rows as a table that wraps at words, or below each other where `width` is too small for their words.

    A long one is cut and says so.
    """
    names = list(rows[0]) if rows else []
    cells = [[_cell(value) for value in row.values()] for row in rows[:MAX_ROWS]]
    longest = [
        min(max((len(word) for text in (name.replace("_", " "), *column) for word in text.split()), default=1), _WORD)
        for name, column in zip(names, zip(*cells, strict=True) if cells else [()] * len(names), strict=True)
    ]
    if sum(longest) + len(_BETWEEN) * len(names) > width:
        named = [zip(names, row, strict=True) for row in cells]
        blocks = ["\n".join(f"{name.replace('_', ' ')}: {text}" for name, text in row) for row in named]
        return "\n\n".join([title, *blocks, *filter(None, [_caption(rows)])])
    shown = Table(title=title, title_justify="left", caption=_caption(rows), box=SIMPLE_HEAD, pad_edge=False)
    for name, value, least in zip(names, (rows[0] if rows else {}).values(), longest, strict=True):
        justify: Literal["left", "right"] = "right" if isinstance(value, int) else "left"
        shown.add_column(name.replace("_", " "), overflow="fold", min_width=least, justify=justify)
    for row in cells:
        shown.add_row(*row)
    return shown


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return "" if value is None else escape(str(value))


def _caption(rows: list[dict[str, Any]]) -> str | None:
    return f"the first {MAX_ROWS} of {len(rows)}; --json gives all" if len(rows) > MAX_ROWS else None


@contextmanager
def simulating(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Give what the simulator reports its progress to, shown as a bar."""
    columns = (TextColumn("simulating {task.description}"), BarColumn(), TimeElapsedColumn())
    with _bar(console, *columns) as bar:
        task = bar.add_task("")
        yield lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total)


def _bar(console: Console, *columns: ProgressColumn) -> Progress:
    """Return a bar that goes away when it is done, and is not drawn where it could not move."""
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

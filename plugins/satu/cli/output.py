"""Print the results of commands: as lines for people, or as JSON."""

import json
from datetime import date, datetime
from typing import Annotated, Any

import typer

from satu import pipeline, settings
from satu.cli import console
from satu.errors import WrongUsage

JsonFlag = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
By = Annotated[str, typer.Option("--by", help="Name of the person who decides.")]
DAY = ["%Y-%m-%d"]
"""Format of options that are days."""
Reason = Annotated[str, typer.Option(help="Reason; kept with the decision.")]


def answer(as_json: bool, result: dict[str, Any], lines: list[str]) -> None:
    """Print `result` as JSON, or `lines`."""
    if as_json:
        print_json(result)
    else:
        console.console().print("\n".join(lines), highlight=False, soft_wrap=True)


def list_rows(
    rows: list[dict[str, Any]], title: str, as_json: bool, hidden: tuple[str, ...] = (), none: str = "none"
) -> None:
    """Show rows; `hidden` columns are in the JSON only, `none` is said where there is no row."""
    if as_json:
        print_json(rows)
        return
    shown = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    out = console.console()
    out.print(console.table(shown, title, out.width) if shown else f"{title}: {none}")


def prepared() -> settings.Settings:
    """Return the settings, with the warehouse created or migrated to the current version.

    Raises:
        WrongUsage: there is no Satu data in SATU_HOME.
    """
    given = settings.load()
    if given.warehouse_url is None and not given.home.exists():
        raise WrongUsage(f"no Satu data in {given.home.resolve()}; change to the project's folder or set SATU_HOME")
    pipeline.prepare(given)
    return given


def print_json(result: object) -> None:
    """Print anything as JSON; times in ISO format, other types that JSON lacks as text."""
    typer.echo(json.dumps(result, default=_in_json, indent=2))


def _in_json(value: object) -> str | float:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)

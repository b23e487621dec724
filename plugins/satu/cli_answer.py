"""How commands answer: in lines for people, or in JSON."""

import json
from datetime import date, datetime
from typing import Annotated, Any

import typer

from satu import console

JsonFlag = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def answer(as_json: bool, result: dict[str, Any], lines: list[str]) -> None:
    """Print `result` as JSON, or `lines`."""
    if as_json:
        print_json(result)
    else:
        console.console().print("\n".join(lines), highlight=False, soft_wrap=True)


def print_json(result: object) -> None:
    """Print anything as JSON; times the ISO way, what JSON does not know as text."""
    typer.echo(json.dumps(result, default=_plain, indent=2))


def _plain(value: object) -> str | float:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)

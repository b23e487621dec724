"""`satu login`: logins of people who read the warehouse."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from satu import settings
from satu.cli.output import DAY, JsonFlag, answer, list_rows, prepared
from satu.privacy import logins

login = typer.Typer(help="Logins of people who read the warehouse.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the login.")]
Administrator = Annotated[
    str | None, typer.Option("--warehouse", help="postgresql://… with a login that may create roles.")
]


@login.command()
def create(
    name: Name,
    role: Annotated[logins.Reader, typer.Option(help="What it reads.")],
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="Last day on which its password works.")] = None,
    warehouse_url: Administrator = None,
    as_json: JsonFlag = False,
) -> None:
    """Create a login. Its password is shown once."""
    prepared()
    made = logins.create(settings.load(warehouse_url=warehouse_url), name, role, until.date() if until else None)
    lines = [f"login {made.login} has the role {made.role}"]
    if made.password:
        lines.append(f"password, shown this once: {made.password}")
    lines.append(f"try it: `satu psql --login {made.login}`")
    answer(as_json, asdict(made), lines)


@login.command(name="list")
def list_logins(as_json: JsonFlag = False) -> None:
    """List the logins of people: roles and last day."""
    list_rows(logins.logins(prepared()), "Logins of people", as_json)


@login.command()
def end(name: Name, warehouse_url: Administrator = None, as_json: JsonFlag = False) -> None:
    """End a login now, with its sessions and its grants."""
    prepared()
    is_gone = logins.end(settings.load(warehouse_url=warehouse_url), name)
    left = "" if is_gone else "; it owns tables or views, so it stays without any right"
    answer(as_json, {"login": name, "is_gone": is_gone}, [f"login {name} has ended{left}"])

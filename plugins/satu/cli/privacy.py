"""Commands about personal data: `satu access`, `satu forget`, `satu processing`."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from satu import pipeline
from satu.cli import console as show
from satu.cli.output import DAY, By, JsonFlag, Reason, answer, list_rows, prepared
from satu.errors import WrongUsage
from satu.privacy import access_log, erasure, microdata_grants, processing_record
from satu.settings import load

access = typer.Typer(help="Grants on people's records, and accesses to them.", no_args_is_help=True)


@access.command()
def grant(
    login: Annotated[str, typer.Argument(help="A login of the server, in the role satu_microdata.")],
    area_code: Annotated[str, typer.Argument(help="BPS code of a region; includes all areas in it.")],
    by: By,
    reason: Reason,
    until: Annotated[datetime, typer.Option(formats=DAY, help="Last day of the access.")],
    as_json: JsonFlag = False,
) -> None:
    """Let a login read microdata.person of a region until a given day."""
    made = microdata_grants.grant(prepared(), login, area_code, by, reason, until.date())
    lines = [f"grant {made.grant_id}: {login} reads region {area_code} of microdata.person until {until:%Y-%m-%d}"]
    if not made.is_member:
        lines.append(f"it takes effect after an administrator runs: grant satu_microdata to {login}")
    answer(as_json, asdict(made), lines)


@access.command(name="list")
def list_grants(as_json: JsonFlag = False) -> None:
    """List all grants: login, region, who granted it, reason and last day."""
    list_rows(
        microdata_grants.grants(prepared()), "Grants on microdata.person", as_json, hidden=("created_at", "end_reason")
    )


@access.command()
def end(
    grant_id: Annotated[int, typer.Argument(help="A grant of `satu access list`.")],
    by: By,
    reason: Reason,
    as_json: JsonFlag = False,
) -> None:
    """End a grant now."""
    microdata_grants.end(prepared(), grant_id, by, reason)
    answer(as_json, {"grant_id": grant_id}, [f"grant {grant_id} has ended"])


@access.command()
def history(
    table: Annotated[str | None, typer.Option(help="Only this table, such as microdata.person.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List accesses to people's records: by Satu's commands, and reads of microdata.person."""
    given = prepared()
    list_rows(access_log.history(given, table), "Reads of people's records", as_json)
    if given.warehouse_url and not as_json:
        show.console().print("reads of microdata.person are in the log of the server, as lines with `satu access:`")


def forget(
    by: Annotated[str, typer.Option("--by", help="Name of the custodian.")],
    reason: Annotated[str, typer.Option(help="Who asked for it and why, without the person's name.")],
    person_id: Annotated[int | None, typer.Option("--person", help="Number of the person in the warehouse.")] = None,
    nik_file: Annotated[
        Path | None, typer.Option("--nik-file", help="File with the NIK, - for standard input; default: a prompt.")
    ] = None,
    receipt: Annotated[Path | None, typer.Option(help="Write the receipt to this new file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Erase a person: all records in the whole warehouse, and those delivered later."""
    if person_id is not None and nik_file is not None:
        raise WrongUsage("--person and --nik-file exclude each other; give one of them, or none for a prompt")
    if receipt and receipt.exists():
        raise WrongUsage(f"{receipt} already exists; expected a new file. Choose another name")
    nik = None if person_id is not None else _nik(nik_file)
    done = pipeline.forget(prepared(), erasure.Request(by, reason, nik, person_id))
    if receipt:
        receipt.write_text(done.receipt + "\n", encoding="utf-8")
    answer(as_json, done.as_dict(), done.lines())


def show_processing_record(as_json: JsonFlag = False) -> None:
    """Show the record of processing: purposes, legal bases, classes of personal data, recipients, retention."""
    found = processing_record.load_record(load().project_dir)
    list_rows(processing_record.rows(found), "Record of processing", as_json)


def _nik(path: Path | None) -> str:
    """Return the NIK from a file or a prompt, so that neither shell history nor process list shows it."""
    if path is None:
        return str(typer.prompt("NIK of the person", hide_input=True, err=True)).strip()
    if str(path) == "-":
        return sys.stdin.readline().strip()
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        raise WrongUsage(f"{path} cannot be read; expected a text file that holds one NIK") from None

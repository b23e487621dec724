"""The command `satu`. Every command answers `--json`; exit codes are those of `satu.errors`."""

import os
import sys
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from satu import pipeline, scratch, settings, warehouse
from satu.cli import console as show
from satu.cli.bench import bench
from satu.cli.contracts import contracts
from satu.cli.decisions import decision_commands
from satu.cli.login import login
from satu.cli.output import DAY, JsonFlag, answer, list_rows, prepared, print_json
from satu.cli.privacy import access, forget, show_processing_record
from satu.cli.release import release_commands
from satu.cli.site import site
from satu.errors import BadInput, SatuError, WrongUsage, place_of
from satu.ledger import queries
from satu.pipeline.outcome import ONLY_REFUSED, Reporter, Stage
from satu.privacy.access_log import note

app = typer.Typer(
    help="Turns exports of a population census into one record per person and publishable figures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(bench, name="bench")
app.add_typer(decision_commands)
app.add_typer(release_commands)
app.add_typer(access, name="access")
app.add_typer(login, name="login")
app.command()(contracts)
app.command()(forget)
app.command()(site)
app.command(name="processing")(show_processing_record)
WarehouseOption = Annotated[str | None, typer.Option("--warehouse", help="postgresql://… of the warehouse.")]


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"satu {installed_version('satu')}")
        raise typer.Exit


@app.callback()
def _begin(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    # Before every command: files that a killed command left on the disk may hold personal data.
    scratch.clean(settings.load().home)


@app.command()
def run(
    landing: Annotated[str | None, typer.Option(help="Landing place: a folder or a URI such as s3://…")] = None,
    warehouse_url: WarehouseOption = None,
    until: Annotated[Stage, typer.Option(help="Last stage to run.")] = Stage.EXPORT,
    as_of: Annotated[datetime | None, typer.Option(formats=DAY, help="Reference day of the figures.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Run all stages once, in this process: from landed files to a published release."""
    given = settings.load(landing_url=_absolute(landing), warehouse_url=warehouse_url)
    reporter = Reporter() if as_json else show.ConsoleReporter(show.console())
    done = pipeline.run(given, until, as_of.date() if as_of else None, reporter)
    answer(as_json, asdict(done), show.outcome_lines(done))
    if done.outcome == ONLY_REFUSED:
        raise typer.Exit(BadInput.exit_code)


@app.command()
def up(as_json: JsonFlag = False) -> None:
    """Open Airflow with its scheduler and web pages, until Ctrl-C."""
    from satu.orchestration import local_server

    local_server.up(settings.load(), show.console(stderr=as_json))


@app.command()
def demo(as_json: JsonFlag = False) -> None:
    """Publish a release with Airflow's scheduler; simulates sample exports if none have landed."""
    from satu.cli import demo as module

    given = settings.load()
    module.run(given, show.console(stderr=as_json))
    if as_json:
        print_json(queries.status(given))


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder for landing/ and truth/.")],
    city: Annotated[str, typer.Option(help="3371 Kota Magelang or 1671 Kota Palembang.")] = "3371",
    scale: Annotated[float, typer.Option(help="Share of the city's population.", min=0.001, max=10)] = 1.0,
    seed: Annotated[int, typer.Option(help="Random seed; the same seed gives the same bytes.")] = 2020,
    fabricators: Annotated[int, typer.Option(help="Number of officers who invent most of their visits.", min=0)] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Write sample exports of a synthetic census of a real city, and the truth to compare with."""
    from satu.simulate import simulate as write

    if (out / "landing").exists():
        raise WrongUsage(f"{out}/landing already exists; expected an empty place. Choose another folder or remove it")
    with show.simulating(show.console(stderr=True)) as progress:
        try:
            made = write(out, city, scale, seed, fabricators=fabricators, progress=progress)
        except ValueError as error:
            raise WrongUsage(str(error)) from None
    result = {"landing": str(made.landing), "truth": str(made.truth), "residents": made.residents, "files": made.files}
    line = f"{made.files} files of {made.residents:,} synthetic residents in {made.landing}"
    answer(as_json, result, [line, f"load them with `{show.command_name()} run --landing {made.landing}`"])


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Show files by feed, which feeds are late, the newest run and the current release.

    A feed is late when its newest period is older than the cadence in its contract allows, or when none arrived
    although its phase has begun. Days are counted from the newest period of any feed, not from today, since a census
    may be replayed, and up to the last day of the feed's phase at most. A feed that comes once a phase is never late.
    """
    given = prepared()
    found = queries.status(given) | {"freshness": pipeline.freshness(given)}
    if as_json:
        print_json(found)
        return
    console = show.console()
    console.print(show.table(found["feeds"], "Files by feed", console.width))
    fresh = [{name: value for name, value in row.items() if name != "late"} for row in found["freshness"]]
    console.print(show.table(fresh, "Freshness, compared with the newest period of any feed", console.width))
    run_row, release = found["newest_run"], found["current_release"]
    console.print(f"newest run: {run_row['run_id']}, {run_row['outcome'] or 'not ended'}" if run_row else "no run yet")
    console.print(f"current release: {release['release_id']}" if release else "no release yet")


@app.command()
def files(
    only: Annotated[
        queries.FileStatus | None,
        typer.Option("--status", help="Only files with this status; refused ones are listed until corrected."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the files and their status."""
    list_rows(queries.files(prepared(), only), "Files", as_json, hidden=("superseded_by", "findings"))


@app.command()
def rejects(
    file_id: Annotated[int | None, typer.Argument(help="A file of `satu files`; default: all files.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Show the lines, with personal values masked.")] = False,
    clear: Annotated[
        bool, typer.Option("--clear", help="Show the original lines; for logins that may act as satu_loader.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the header and the rejected lines, unmasked, to this new file, to be corrected and delivered."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List rejected records with their reasons; lines are shown only on request."""
    if file_id is None and (raw or clear or out):
        raise WrongUsage(
            "--raw, --clear and --out need a FILE_ID; `satu rejects` lists the files with rejected records"
        )
    given = prepared()
    if file_id is not None and (clear or out):
        note(given, "satu rejects --clear" if clear else "satu rejects --out", "ops.rejected_record", None)
    if file_id is not None and out:
        written, cut = pipeline.write_rejected(given, file_id, out)
        lines = [f"{written} lines in {out}; correct them and drop the file under a new name beside file {file_id}"]
        lines += [f"{cut} more are not kept whole: too long, erased, or past their days"] if cut else []
        answer(as_json, {"written": written, "left_out": cut, "file": str(out)}, lines)
        return
    rows = (
        pipeline.rejected_lines(given, file_id, clear=clear)
        if file_id is not None and (raw or clear)
        else queries.rejects(given, file_id)
    )
    list_rows(rows, "Rejected records", as_json)


@app.command()
def psql(
    print_url: Annotated[
        bool, typer.Option("--print-url", help="Only print the URL of the warehouse, without a password.")
    ] = False,
    as_login: Annotated[
        str | None, typer.Option("--login", help="A login of `satu login list`; default: the pipeline's own.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Open the warehouse in psql."""
    given = prepared()
    url = warehouse.login_url(given, as_login) if as_login else warehouse.url(given)
    if as_json or print_url:
        shown = warehouse.without_password(url)
        answer(as_json, {"url": shown}, [shown])
        return
    note(given, "satu psql", "whatever the login may read", None)
    program = warehouse.psql_program(given)
    os.environ.setdefault("PSQL_HISTORY", os.devnull)  # a statement can contain a person's number or name
    if password := warehouse.parts(url)["password"]:
        os.environ["PGPASSWORD"] = password
    command = [program, warehouse.without_password(url)]
    os.execvp(program, command)  # noqa: S606 - psql takes over this terminal; no shell reads the URL


@app.command()
def migrate(warehouse_url: WarehouseOption = None, as_json: JsonFlag = False) -> None:
    """Update roles, schemas, tables and all rights of a warehouse; needs a login that may create roles."""
    from satu import ledger
    from satu.release import bring_views_up_to_date

    given = settings.load(warehouse_url=warehouse_url)
    changed = ledger.migrate(given, os.environ.get("SATU_PIPELINE_PASSWORD"))
    bring_views_up_to_date(given)
    pipeline.prepare(given)
    answer(
        as_json,
        {"schema_version": ledger.SCHEMA_VERSION, "rights_changed": changed},
        [
            f"the warehouse is at schema version {ledger.SCHEMA_VERSION};"
            f" {len(changed) or 'no'} owners and rights had to be changed"
        ],
    )


@app.command()
def stop(as_json: JsonFlag = False) -> None:
    """Stop the embedded server; the next command starts it again."""
    ran = warehouse.stop(settings.load())
    answer(
        as_json, {"stopped": ran}, ["the embedded server has stopped" if ran else "the embedded server was not running"]
    )


@app.command()
def docs(as_json: JsonFlag = False) -> None:
    """Write a page that describes every table and column of the warehouse, and print its path."""
    from satu.build import document

    page = str(document(prepared()))
    answer(as_json, {"page": page}, [f"open {page}"])


def main() -> None:
    """Run the command line; an error of Satu becomes one message and an exit code."""
    try:
        app()
    except SatuError as error:
        _fail(str(error), error.exit_code)
    except Exception as error:
        if failure := warehouse.statement_error(error):
            _fail(str(failure), failure.exit_code)
        _fail(f"unexpected error: {place_of(error)}", SatuError.exit_code)


def _absolute(landing: str | None) -> str | None:
    return landing if landing is None or "://" in landing else str(Path(landing).resolve())


def _fail(message: str, code: int) -> NoReturn:
    if "--json" in sys.argv:
        print_json({"error": message, "exit_code": code})
    show.console(stderr=True).print(f"satu: {message}", highlight=False, soft_wrap=True, markup=False)
    sys.exit(code)

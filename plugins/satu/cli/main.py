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
from satu.cli.output import By, JsonFlag, Reason, answer, list_rows, prepared, print_json
from satu.cli.privacy import access, forget, show_processing_record
from satu.cli.release import release_commands
from satu.errors import BadInput, SatuError, WrongUsage, place_of
from satu.ledger import queries
from satu.pipeline import approval
from satu.pipeline.outcome import ONLY_REFUSED, Reporter, Stage
from satu.privacy.access_log import note

app = typer.Typer(
    help="Turns the exports of a population census into one record per person and numbers that may be published.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(bench, name="bench")
app.add_typer(release_commands)
app.add_typer(access, name="access")
app.command()(contracts)
app.command()(forget)
app.command(name="processing")(show_processing_record)
WarehouseOption = Annotated[str | None, typer.Option("--warehouse", help="postgresql://… of the warehouse.")]
Day = ["%Y-%m-%d"]


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
    # Whatever the command: what one that was killed left on the disk may hold records of people.
    scratch.clean(settings.load().home)


@app.command()
def run(
    landing: Annotated[str | None, typer.Option(help="Landing place: a folder or a URI such as s3://…")] = None,
    warehouse_url: WarehouseOption = None,
    until: Annotated[Stage, typer.Option(help="Last stage to run.")] = Stage.EXPORT,
    as_of: Annotated[datetime | None, typer.Option(formats=Day, help="Day that the figures stand for.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Go the whole way once, in this process: landed files become a published release."""
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
    """Let Airflow's scheduler publish a release; sample exports are simulated when none have landed."""
    from satu.cli import demo as module

    given = settings.load()
    module.run(given, show.console(stderr=as_json))
    if as_json:
        print_json(queries.status(given))


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder that gets landing/ and truth/.")],
    city: Annotated[str, typer.Option(help="3371 Kota Magelang or 1671 Kota Palembang.")] = "3371",
    scale: Annotated[float, typer.Option(help="Share of the city's population.", min=0.001, max=10)] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2020,
    fabricators: Annotated[int, typer.Option(help="Officers who invent most of their visits.", min=0)] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Write sample exports of a synthetic census of a real city, and the truth beside them."""
    from satu.simulate import simulate as write

    if (out / "landing").exists():
        raise WrongUsage(f"{out}/landing exists already; expected an empty place. Choose another folder or remove it")
    with show.simulating(show.console(stderr=True)) as progress:
        try:
            made = write(out, city, scale, seed, fabricators=fabricators, progress=progress)
        except ValueError as error:
            raise WrongUsage(str(error)) from None
    result = {"landing": str(made.landing), "truth": str(made.truth), "residents": made.residents, "files": made.files}
    line = f"{made.files} files of {made.residents:,} synthetic residents in {made.landing}"
    answer(as_json, result, [line, f"take them in with `{show.command_name()} run --landing {made.landing}`"])


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Show files by feed, which feeds are late, the newest run and the current release.

    A feed is late when its newest period lies further back than its contract's cadence allows, or when it never came
    although its phase has begun. Days count from the newest period of any feed, not from today, since a census may be
    replayed, and no further than the last day of the feed's phase; what comes once a phase is never late.
    """
    given = prepared()
    found = queries.status(given) | {"freshness": pipeline.freshness(given)}
    if as_json:
        print_json(found)
        return
    console = show.console()
    console.print(show.table(found["feeds"], "Files by feed"))
    fresh = [{name: value for name, value in row.items() if name != "late"} for row in found["freshness"]]
    console.print(show.table(fresh, "Freshness, by the newest period of any feed"))
    run_row, release = found["newest_run"], found["current_release"]
    console.print(f"newest run: {run_row['run_id']}, {run_row['outcome'] or 'not ended'}" if run_row else "no run yet")
    console.print(f"current release: {release['release_id']}" if release else "no release yet")


@app.command()
def files(
    only: Annotated[
        queries.FileStatus | None, typer.Option("--status", help="Only these; refused ones until they are corrected.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List what came and what became of it."""
    list_rows(queries.files(prepared(), only), "Files", as_json, hidden=("superseded_by", "findings"))


@app.command()
def rejects(
    file_id: Annotated[int | None, typer.Argument(help="A file of `satu files`; all files otherwise.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Show the lines, personal values masked.")] = False,
    clear: Annotated[
        bool, typer.Option("--clear", help="Show the lines as they came; for logins that may act as satu_loader.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Write header and rejected lines, unmasked, to this new file, to be corrected and dropped."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List rejected records with their reasons; the lines themselves only when asked for."""
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
def checks(
    run_id: Annotated[str | None, typer.Argument(help="A run; the newest otherwise.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what did not pass.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Write all checks with their last results as a page.")] = False,
    decisions: Annotated[bool, typer.Option("--decisions", help="Approvals, rejections and waivers instead.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the check results of a run, failed ones first; or what people decided, or every check there is."""
    if page:
        from satu.gate import write_catalogue

        written = str(write_catalogue(prepared()))
        answer(as_json, {"page": written}, [f"open {written}"])
        return
    if decisions:
        from satu.gate import decisions as find

        list_rows(find(prepared()), "Decisions", as_json)
        return
    list_rows(queries.checks(prepared(), run_id, failed=failed), "Checks", as_json, hidden=("checked_at",))


@app.command()
def approve(
    by: By,
    reason: Reason,
    run_id: Annotated[str | None, typer.Argument(help="A run that needs approval; the newest otherwise.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Approve the failed warnings of a run, and publish it."""
    given = prepared()
    newest = queries.newest_run(given)
    run_id = run_id or (newest["run_id"] if newest else "")
    reporter = Reporter() if as_json else show.ConsoleReporter(show.console())
    done = approval.approve(given, run_id, by, reason, reporter)
    answer(as_json, asdict(done), show.outcome_lines(done)[1:])


@app.command()
def waive(
    check_name: Annotated[str, typer.Argument(help="A check of severity warning, as `satu checks` names it.")],
    by: By,
    reason: Reason,
    until: Annotated[datetime, typer.Option(formats=Day, help="Last day of the waiver.")],
    as_json: JsonFlag = False,
) -> None:
    """Let one warning fail until a day, for every run."""
    from satu.gate import waive as decide

    decide(prepared(), check_name, by, reason, until.date())
    answer(
        as_json,
        {"check_name": check_name, "valid_until": until.date()},
        [f"{check_name} is waived until {until:%Y-%m-%d}"],
    )


@app.command()
def review(
    out: Annotated[Path | None, typer.Option(help="Write the pairs as CSV, to be filled in.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="Take decisions from such a file.")] = None,
    by: Annotated[str, typer.Option("--by", help="Name of the person who decides.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept with the decisions.")] = "clerical review",
    limit: Annotated[int, typer.Option(help="How many pairs.", min=1)] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List pairs of records that may be one person, or take decisions on them; they hold in later runs."""
    from satu.link import review as clerical

    given = prepared()
    if decisions:
        taken = clerical.decide(given, decisions, by, reason)
        lines = [f"{taken['same']} the same, {taken['different']} different; they hold from the next run"]
        if taken["overruled"]:
            lines.append(
                f"{taken['overruled']} older decisions contradict newer ones in a chain (A is B, B is C, A is not C)"
                " and no longer hold; decide those pairs again if the newer ones are wrong"
            )
        answer(as_json, taken, lines)
        return
    pairs = clerical.pairs(given, limit)
    note(given, "satu review", "staging.person_evidence", 2 * len(pairs))
    if out:
        clerical.write(pairs, out)
        answer(as_json, {"pairs": len(pairs), "out": str(out)}, [f"{len(pairs)} pairs written to {out}"])
        return
    list_rows(pairs, "Pairs to be reviewed", as_json)


@app.command()
def psql(
    print_url: Annotated[
        bool, typer.Option("--print-url", help="Only print the warehouse's URL, without a password.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Open the warehouse in psql."""
    given = prepared()
    url = warehouse.url(given)
    if as_json or print_url:
        shown = warehouse.without_password(url)
        answer(as_json, {"url": shown}, [shown])
        return
    note(given, "satu psql", "whatever the login may read", None)
    program = warehouse.psql_program(given)
    os.environ.setdefault("PSQL_HISTORY", os.devnull)  # a statement can hold a number or a name
    if password := warehouse.parts(url)["password"]:
        os.environ["PGPASSWORD"] = password
    command = [program, warehouse.without_password(url)]
    os.execvp(program, command)  # noqa: S606 - psql takes over this terminal; no shell reads the URL


@app.command()
def migrate(warehouse_url: WarehouseOption = None, as_json: JsonFlag = False) -> None:
    """Bring roles, schemas, tables and all rights of a warehouse up to date; needs a login that may create roles."""
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
        as_json, {"stopped": ran}, ["the embedded server is stopped" if ran else "the embedded server was not running"]
    )


@app.command()
def docs(as_json: JsonFlag = False) -> None:
    """Write a page that describes every table and column of the warehouse, and say where it is."""
    from satu.build import document

    page = str(document(prepared()))
    answer(as_json, {"page": page}, [f"open {page}"])


def main() -> None:
    """Run the command line; what Satu raised on purpose becomes one message and an exit code."""
    try:
        app()
    except SatuError as error:
        _fail(str(error), error.exit_code)
    except Exception as error:
        if told := warehouse.while_working(error):
            _fail(str(told), told.exit_code)
        _fail(f"something failed that was not foreseen: {place_of(error)}", SatuError.exit_code)


def _absolute(landing: str | None) -> str | None:
    return landing if landing is None or "://" in landing else str(Path(landing).resolve())


def _fail(message: str, code: int) -> NoReturn:
    if "--json" in sys.argv:
        print_json({"error": message, "exit_code": code})
    show.console(stderr=True).print(f"satu: {message}", highlight=False, soft_wrap=True, markup=False)
    sys.exit(code)

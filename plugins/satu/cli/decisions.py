"""The commands for decisions of people: `satu checks`, `approve`, `waive`, `review`."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from satu.cli import console as show
from satu.cli.output import DAY, By, JsonFlag, Reason, answer, list_rows, prepared
from satu.ledger import queries
from satu.pipeline import approval
from satu.pipeline.outcome import Reporter
from satu.privacy.access_log import note

decision_commands = typer.Typer()


@decision_commands.command()
def checks(
    run_id: Annotated[str | None, typer.Argument(help="A run; default: the newest.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only checks that did not pass.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Write a page with all checks and their last results.")] = False,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="List approvals, rejections and waivers instead.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the check results of a run, failed ones first; or the decisions of people, or all checks."""
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


@decision_commands.command()
def approve(
    by: By,
    reason: Reason,
    run_id: Annotated[str | None, typer.Argument(help="A run that needs approval; default: the newest.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Approve the failed warnings of a run and publish it."""
    given = prepared()
    newest = queries.newest_run(given)
    run_id = run_id or (newest["run_id"] if newest else "")
    reporter = Reporter() if as_json else show.ConsoleReporter(show.console())
    done = approval.approve(given, run_id, by, reason, reporter)
    answer(as_json, asdict(done), show.outcome_lines(done)[1:])


@decision_commands.command()
def waive(
    check_name: Annotated[str, typer.Argument(help="A check of severity warning, as `satu checks` names it.")],
    by: By,
    reason: Reason,
    until: Annotated[datetime, typer.Option(formats=DAY, help="Last day of the waiver.")],
    as_json: JsonFlag = False,
) -> None:
    """Let one warning fail in every run until a given day."""
    from satu.gate import waive as decide

    decide(prepared(), check_name, by, reason, until.date())
    answer(
        as_json,
        {"check_name": check_name, "valid_until": until.date()},
        [f"{check_name} is waived until {until:%Y-%m-%d}"],
    )


@decision_commands.command()
def review(
    out: Annotated[Path | None, typer.Option(help="Write the pairs to this CSV, to be filled in.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="Read decisions from such a file.")] = None,
    by: Annotated[str, typer.Option("--by", help="Name of the person who decides.")] = "",
    reason: Annotated[str, typer.Option(help="Reason; kept with the decisions.")] = "clerical review",
    limit: Annotated[int, typer.Option(help="How many pairs.", min=1)] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List pairs of records that may be the same person, or record decisions on them; later runs use these."""
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
    list_rows(pairs, "Pairs to review", as_json)

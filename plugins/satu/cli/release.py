"""The commands about releases: `satu releases`, `rollback`, `diff`, `keep`, `prune`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from satu import release
from satu.cli import console as show
from satu.cli.output import By, JsonFlag, Reason, answer, list_rows, prepared, print_json

release_commands = typer.Typer()
ReleaseId = Annotated[str, typer.Argument(help="A release of `satu releases`.")]
NO_RELEASE = "there is no release yet; `satu run` makes the first one"
_MANIFEST_LISTS = ("input_files", "checks", "waivers", "tables")


@release_commands.command()
def releases(
    release_id: Annotated[str | None, typer.Argument(help="Show the manifest of this release.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the releases, the newest first, or show the manifest of one: files, checks, versions, tables."""
    given = prepared()
    if release_id is None:
        rows = [asdict(row) for row in release.releases(given)]
        list_rows(
            rows, "Releases", as_json, hidden=("git_revision", "contract_version", "kept_reason"), none=NO_RELEASE
        )
        return
    manifest = release.manifest_of(given, release_id)
    if as_json:
        print_json(manifest)
        return
    console = show.console()
    for name, value in manifest.items():
        if name not in _MANIFEST_LISTS:
            console.print(f"{name.replace('_', ' ')}: {_in_words(value)}", highlight=False, soft_wrap=True)
    for name in _MANIFEST_LISTS:
        list_rows([_flat(row) for row in manifest[name]], name.replace("_", " ").capitalize(), as_json=False)


@release_commands.command()
def rollback(release_id: ReleaseId, as_json: JsonFlag = False) -> None:
    """Make an earlier release the current one."""
    release.rollback(prepared(), release_id)
    answer(as_json, {"release_id": release_id}, [f"release {release_id} is current"])


@release_commands.command("diff")
def compare(
    before: Annotated[str, typer.Argument(help="The earlier release.")],
    after: Annotated[str, typer.Argument(help="The later one.")],
    mart: Annotated[str | None, typer.Option(help="Only this mart, area by area.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what changed between two releases: rule files, and rows and sums by mart and area level."""
    given = prepared()
    found = release.diff(given, before, after, mart)
    rules = release.rules_that_differ(given, before, after)
    if as_json:
        print_json({"rules": rules, "marts": [asdict(one) for one in found]})
        return
    console = show.console()
    if rules is None:
        console.print("one of the releases has no versions of its rules", highlight=False)
    for file, change in (rules or {}).items():
        console.print(f"rules {change}: {file}", highlight=False, soft_wrap=True)
    for one in found:
        for line in _notes(one):
            console.print(line, highlight=False, soft_wrap=True)
        if not one.areas:
            continue
        console.print(show.table(one.levels, f"{one.mart}: rows", console.width))
        sums = [row for row in one.sums if row["difference"]]
        if sums:
            console.print(show.table(sums, f"{one.mart}: sums that differ", console.width))
        if mart:
            console.print(show.table(one.areas, f"{one.mart}: areas that differ", console.width))
    same = sum(one.is_empty for one in found)
    console.print(f"{same} of {len(found)} marts are the same in {before} and {after}", highlight=False)


@release_commands.command()
def keep(
    release_id: ReleaseId,
    by: By = "",
    reason: Reason = "",
    no_longer: Annotated[bool, typer.Option("--no-longer", help="Remove the mark.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Mark a release to be kept at any age, with a name and a reason; or remove the mark."""
    given = prepared()
    if no_longer:
        release.let_go(given, release_id)
    else:
        release.keep(given, release_id, by, reason)
    said = "is no longer marked to be kept" if no_longer else "is kept at any age"
    answer(as_json, {"release_id": release_id, "is_kept": not no_longer}, [f"release {release_id} {said}"])


@release_commands.command()
def prune(as_json: JsonFlag = False) -> None:
    """Drop tables and export folders of old releases by the policy SATU_KEEP_RELEASES; manifests stay."""
    dropped = release.prune(prepared())
    answer(as_json, {"dropped": dropped}, [f"dropped: {', '.join(dropped) or 'none'}"])


def _notes(found: release.Difference) -> list[str]:
    lines = [f"{found.mart}: {found.note}"] if found.note else []
    lines += [f"{found.mart}: only release {found.after} has {', '.join(found.columns_added)}"] * bool(
        found.columns_added
    )
    lines += [f"{found.mart}: only release {found.before} has {', '.join(found.columns_gone)}"] * bool(
        found.columns_gone
    )
    return lines


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _in_words(value) for name, value in row.items()}


def _in_words(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else value

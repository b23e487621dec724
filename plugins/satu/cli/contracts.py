"""The command `satu contracts`."""

from typing import Annotated

import typer

from satu import settings
from satu.cli.output import JsonFlag, answer


def contracts(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a file differs from the contracts.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check contracts/ and write the dbt files generated from them."""
    from satu.contracts import load_contracts
    from satu.dbt_files import dbt_files, refuse_stale

    project = settings.load().project_dir
    found = load_contracts(project / "contracts")
    files = dbt_files(found)
    if check:
        refuse_stale(project, files)
    else:
        for place, text in files.items():
            (project / place).write_text(text)
    places = [str(place) for place in files]
    said = f"{len(found)} contracts; {' and '.join(places)} {'follow from them' if check else 'written'}"
    answer(as_json, {"feeds": list(found), "files": places}, [said])

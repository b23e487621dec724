"""`satu site`: where the pages of a release are, and a server to look at them."""

from pathlib import Path
from typing import Annotated

import typer

from satu import pipeline
from satu.cli import console as show
from satu.cli.output import JsonFlag, answer, prepared
from satu.cli.release import NO_RELEASE
from satu.errors import WrongUsage
from satu.ledger import queries


def site(
    release_id: Annotated[
        str | None, typer.Argument(help="A release of `satu releases`; default: the current.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve it on this machine until Ctrl-C.")] = False,
    port: Annotated[int, typer.Option(help="Port of --serve.", min=1, max=65535)] = 8000,
    as_json: JsonFlag = False,
) -> None:
    """Say where the pages of a release are; with --serve, show them in a browser of this machine."""
    from satu.export.serving import HOST, server

    given = prepared()
    current = queries.status(given)["current_release"]
    if release_id is None and current is None:
        raise WrongUsage(NO_RELEASE)
    folder = Path(pipeline.export(given, release_id or str(current["release_id"])))
    page = f"{folder}/site/index.html"
    answer(as_json, {"page": page}, [page])
    if serve:
        try:
            started = server(folder, port)
        except OSError:
            raise WrongUsage(f"port {port} is taken; expected a free one. Choose another with --port") from None
        show.console(stderr=as_json).print(f"http://{HOST}:{port}/ until Ctrl-C", highlight=False)
        with started:
            try:
                started.serve_forever()
            except KeyboardInterrupt:
                return

"""The catalogue: all checks on one page, with what they protect, owner, threshold and last result."""

from dataclasses import asdict
from pathlib import Path

from satu import warehouse
from satu.gate.decisions import decisions
from satu.gate.entries import Entry, entries
from satu.settings import Settings


def catalogue(settings: Settings) -> list[Entry]:
    """Return all checks of the suites and all tests of the last dbt build, with their newest results.

    Raises:
        BuildFailed: a suite file is not valid.

    """
    from sqlalchemy import select

    from satu.ledger.tables import CHECK_RESULT as T

    newest = select(T.c.check_name, T.c.success, T.c.observed, T.c.checked_at).order_by(T.c.checked_at)
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.connect() as connection:
        results = {row.check_name: row for row in connection.execute(newest)}
    found = entries(settings, list(results))
    return [
        Entry(**{**asdict(entry), "success": row.success, "observed": row.observed, "checked_at": row.checked_at})
        if (row := results.get(entry.check_name))
        else entry
        for entry in found
    ]


def write_catalogue(settings: Settings) -> Path:
    """Write the catalogue and the decisions of people as one page that needs no network; return its path."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("satu.gate", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    subjects: dict[str, list[Entry]] = {}
    for entry in catalogue(settings):
        subjects.setdefault(entry.subject, []).append(entry)
    page = settings.home.resolve() / "checks.html"
    template = environment.get_template("catalogue.html.j2")
    page.write_text(template.render(subjects=subjects, decisions=decisions(settings)), encoding="utf-8")
    return page

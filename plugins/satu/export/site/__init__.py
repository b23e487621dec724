"""The site of a release: pages in two languages that need no server, no network and no script to be read."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from satu.export.data import Exported
from satu.export.site import pages, reference
from satu.export.site.area import area_page
from satu.export.site.figures import LEVELS, figures
from satu.export.site.page import Page, Writer, area_path
from satu.export.site.words import LANGUAGES, NAMES, NOISE, Language
from satu.export.source import CheckRow, ReleaseInfo

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["FOLDER", "POLICY", "write_site"]

FOLDER = "site"
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
"""No request to elsewhere, and nothing inline."""
_ASSETS = ("style.css", "site.js")
MAP = "map.html"
TOPICS = {
    "Noise and withheld counts: why a value is missing": "definitions.html#statuses",
    "Approval of the release: may these figures be used?": "index.html#use",
    "Kelurahan by what is left to check": "ranking.html",
    "Women and men by age: on the page of each area": "index.html#areas",
    "Checked again: what officers found of online answers": "index.html#again",
}
"""What people look for in other words ↦ where it stands."""
PAGES = {
    "index.html": "Overview",
    "ranking.html": "Ranking",
    MAP: "Tiles",
    "quality.html": "Quality",
    "outreach.html": "Outreach",
    "downloads.html": "Downloads",
    "definitions.html": "Definitions",
    "engineers.html": "For engineers",
}


def write_site(
    connection: psycopg.Connection,
    info: ReleaseInfo,
    checks: list[CheckRow],
    exported: list[Exported],
    columns: list[tuple[str, str, str]],
    folder: Path,
) -> None:
    """Write the site into `folder`: the first language at its root, the other in a folder of its code.

    `columns` are (feed, column of the file, name in the warehouse).
    """
    found = figures(connection, info, checks)
    (folder / "assets").mkdir(parents=True)
    for name in _ASSETS:
        shutil.copyfile(Path(__file__).parent / "assets" / name, folder / "assets" / name)
    drawn: dict[str, str] = {}
    for code in LANGUAGES:
        language = Language(code)
        template = _template(language)
        writer = Writer(language, found)
        at = folder if code == LANGUAGES[0] else folder / code
        (at / "area").mkdir(parents=True)
        up = "../" if at == folder else "../../"
        for page in _pages(writer, exported, columns, drawn, up):
            (at / page.path).write_text(_rendered(template, page, writer), encoding="utf-8")
        listed = json.dumps(list(_search(writer)), ensure_ascii=False).replace("<", "\\u003c")
        (folder / "assets" / f"search-{code}.js").write_text(f"window.satuPages = {listed};\n", encoding="utf-8")


def _pages(
    writer: Writer, exported: list[Exported], columns: list[tuple[str, str, str]], drawn: dict[str, str], up: str
) -> Iterator[Page]:
    yield pages.overview(writer, drawn)
    yield pages.ranking(writer)
    yield Page(MAP, writer.text("Kelurahan as tiles"), [])
    yield pages.quality(writer)
    yield reference.outreach(writer)
    yield reference.downloads(writer, exported, up)
    yield reference.definitions(writer)
    yield reference.engineers(writer, columns)
    for place in writer.figures.areas(*LEVELS):
        yield area_page(writer, place, drawn)


def _search(writer: Writer) -> Iterator[tuple[str, str]]:
    names = writer.figures
    for place in names.areas(*LEVELS):
        row = names.row("area", place)
        yield str(row["area_label"] or names.name(place)).title(), area_path(place)
    for path, title in PAGES.items():
        yield writer.text(title), path
    for words, path in TOPICS.items():
        yield writer.text(words), path
    for name in sorted({str(row["dataset_id"]) for row in names.whole.get("variable_metadata", [])}):
        yield f"{writer.text('Download')}: {name}", f"downloads.html#t-{name}"
    for row in names.whole.get("indicator_metadata", []):
        heading = writer.language.heading(row["variable_name"])
        found = f"{writer.text('Definition')}: {heading} ({row['dataset_id']})"
        yield found, f"definitions.html#i-{row['dataset_id']}-{row['variable_name']}"
    for row in names.whole.get("variable_metadata", []):
        if not row["variable_name"].endswith("_status"):
            name = f"{row['dataset_id']}.{row['variable_name']}"
            yield name, f"definitions.html#v-{row['dataset_id']}-{row['variable_name']}"


def _template(language: Language) -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("satu.export.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = language.text
    return environment.get_template("page.html.j2")


def _rendered(template: "Template", page: Page, writer: Writer) -> str:
    language, info = writer.language, writer.figures.info
    other = Language(next(code for code in LANGUAGES if code != language.code))
    depth = page.path.count("/")
    home = "../" * depth
    root = home if language.code == LANGUAGES[0] else f"../{home}"
    other_path = f"{home}{other.code}/{page.path}" if language.code == LANGUAGES[0] else f"{root}{page.path}"
    return template.render(
        page=page,
        info=info,
        language=language,
        other=other,
        other_name=NAMES[other.code],
        other_path=other_path,
        home=home,
        root=root,
        policy=POLICY,
        pages=[(path, language.text(title)) for path, title in PAGES.items()],
        reference=_reference(writer),
        status=language.text("final" if info.is_final else "provisional"),
        classes=pages.CLASSES,
        tiles=pages.tiles(writer) if page.path == MAP else [],
        noise=language.text(NOISE),
    )


def _reference(writer: Writer) -> str:
    day = writer.figures.info.reference_date
    return writer.language.cell(date.fromisoformat(day)) if day else "\N{EN DASH}"

"""The site of a release: in a browser without a network, in both languages, and equal to the published views."""

import re
import shutil
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from satu.export.site.words import LANGUAGES, Language, catalogue
from support import Published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
SIZES = {"phone": (390, 800), "laptop": (1280, 800), "wall": (2560, 1440)}
FIRST_PAGE = 300_000
WHOLE = 15_000_000
LOOKED_AT = (
    "index.html",
    "ranking.html",
    "map.html",
    "quality.html",
    "outreach.html",
    "downloads.html",
    "definitions.html",
    "engineers.html",
    "area/3371.html",
    "area/3371010.html",
    "area/3371010002.html",
)


class Parsed(HTMLParser):
    """What is linked, fetched and named in a page, what is inline, and the cells of its tables by caption."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: set[str] = set()
        self.inline: list[str] = []
        self.rows: dict[str, list[list[str]]] = {}
        self._caption, self._at = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in found) else []
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag in ("script", "img") or tag == "link":
            self.fetched.append(str(found.get("src") or found.get("href")))
        if tag == "table":
            self._caption = ""
        if tag == "tr":
            self.rows.setdefault(self._caption, []).append([])
        if tag in ("td", "th") and self._caption:
            self.rows[self._caption][-1].append("")
        self._at = tag

    def handle_data(self, data: str) -> None:
        if self._at == "caption":
            self._caption += data.strip()
        elif self._caption and self.rows.get(self._caption) and self.rows[self._caption][-1]:
            self.rows[self._caption][-1][-1] += data.strip()


@pytest.fixture(scope="module")
def site(published: Published) -> Path:
    return published.settings.releases_dir / str(published.outcome.release_id) / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Parsed]:
    """Path below the site ↦ the page."""
    return {path.relative_to(site).as_posix(): Parsed(path.read_text()) for path in site.rglob("*.html")}


def test_every_link_leads_somewhere(site: Path, pages: dict[str, Parsed]) -> None:
    lost = set()
    for path, page in pages.items():
        for link in (*page.links, *page.fetched):
            parts = urlsplit(link)
            assert (parts.scheme, parts.netloc) == ("", ""), link
            target = ((site / path).parent / unquote(parts.path)).resolve() if parts.path else (site / path)
            if not target.is_file():
                lost.add((path, link))
            elif parts.fragment and target.suffix == ".html":
                name = target.relative_to(site.resolve()).as_posix()
                if parts.fragment not in pages[name].ids:
                    lost.add((path, link))
    assert lost == set()
    listed = re.findall(r'", "([^"]+)"\]', (site / "assets" / "search-id.js").read_text())
    assert len(listed) > 300
    for found in listed:
        name, _, fragment = found.partition("#")
        assert not fragment or fragment in pages[name].ids, found


def test_nothing_is_inline_and_the_pages_are_small(site: Path, pages: dict[str, Parsed]) -> None:
    assert {path for path, page in pages.items() if page.inline} == set()
    first = ["index.html", *(f"assets/{name}" for name in ("style.css", "site.js", "search-id.js"))]
    assert sum((site / name).stat().st_size for name in first) <= FIRST_PAGE
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) <= WHOLE


def test_every_area_has_its_page_in_both_languages(published: Published, pages: dict[str, Parsed]) -> None:
    areas = published.rows(
        "select area_code from published.coverage_by_area where area_level in ('regency', 'district', 'village')"
    )
    expected = {f"{folder}area/{code}.html" for (code,) in areas for folder in ("", "en/")}
    assert {path for path in pages if "area/" in path} == expected
    assert len(expected) > 40


def test_every_text_is_in_indonesian(published: Published, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from satu.export import site as module
    from satu.export.site import words

    asked: set[str] = set()
    real = catalogue("id")

    class Noting:
        def gettext(self, message: str) -> str:
            asked.add(message)
            return real.gettext(message)

    monkeypatch.setattr(words, "catalogue", lambda _code: Noting())
    from satu import warehouse
    from satu.export.source import checks, release_info

    with warehouse.connect(published.settings, warehouse.PUBLISHER) as connection:
        info = release_info(connection, site.parent.name)
        assert info
        module.write_site(connection, info, checks(connection, info.run_id), [], [], site.parent / "again")
    shutil.rmtree(site.parent / "again")
    # Codes of groups, such as 00-04, and names of files are the same in both.
    same = {"CSV", "Parquet", "Total", "Status", "total", "final", "radio"}
    left = {m for m in asked if real.gettext(m) == m and m not in same and not m[0].isdigit() and m.isascii()}
    assert {
        m
        for m in left
        if m not in {"OBS_STATUS (SDMX)", "CONF_STATUS (SDMX)", "Kecamatan", "boomer", "pre-boomer", "pre boomer"}
    } == set()
    assert len(asked) > 300


def test_the_figures_are_those_of_the_views(published: Published, pages: dict[str, Parsed]) -> None:
    for code, folder in zip(LANGUAGES, ("", "en/"), strict=True):
        language = Language(code)
        overview = pages[f"{folder}index.html"]
        rows = overview.rows[language.text("Areas")]
        expected = published.rows(
            "select initcap(area_name), settled_person_percent, counted_person_count, counted_household_count"
            " from published.coverage_by_area where area_level = 'district' order by area_code"
        )
        assert [row[:4] for row in rows[1:]] == [[language.cell(value) for value in row] for row in expected]
        page = pages[f"{folder}area/3371010002.html"]
        days = {row[0]: row for row in page.rows[language.text("Day by day")][1:]}
        for day, to_date in published.rows(
            "select event_date, checked_household_to_date_count from published.coverage_daily"
            " where area_code = '3371010002'"
        ):
            assert days[language.cell(day)][1] == language.cell(to_date)
        people = page.rows[language.text("People by age and sex")][1:]
        [(women,)] = published.rows(
            "select person_count from published.population_by_age_sex"
            " where area_code = '3371010002' and sex = 'female' and age_group = '20-24'"
        )
        assert language.cell(women) in next(row for row in people if row[0] == "20-24")


def test_each_page_says_what_it_is(published: Published, site: Path) -> None:
    for path in site.rglob("*.html"):
        html = path.read_text()
        assert str(published.outcome.release_id) in html
        assert "2020" in html
        language = Language("en" if "en" in path.relative_to(site).parts else "id")
        assert language.text("Simulated data: nobody in these figures lives.") in html
        assert f'<html lang="{language.code}">' in html


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    # `make test` needs Python, git and make only; .ci/run installs the browser, so that there nothing is skipped.
    if CHROMIUM is None:
        pytest.skip("there is no chromium; Debian has it as the package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_browser_without_a_network_finds_nothing_wrong(browser: "Browser", site: Path, size: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    width, height = SIZES[size]
    wrong: set[object] = set()
    for scheme in ("light", "dark"):
        # axe is put into the page, which the policy of the page refuses; the next test reads with it.
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True, offline=True
        )
        page = context.new_page()
        for path in (*LOOKED_AT, "en/index.html", "en/area/3371010.html"):
            page.goto((site / path).as_uri())
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.add((path, "is wider than the screen"))
            found = Axe().run(page)
            wrong |= {(path, scheme, v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]}
        context.close()
    assert wrong == set()


def test_search_days_and_sorting_work_under_the_policy(browser: "Browser", site: Path) -> None:
    said: list[str] = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in LOOKED_AT:
        page.goto((site / path).as_uri())
    page.goto((site / "index.html").as_uri())
    page.fill("input[type=search]", "tengah")
    page.click("#results a >> text=/^Magelang Tengah/")
    page.wait_for_url("**/area/3371011.html")
    page.fill("input[type=date]", "2020-09-15")
    page.wait_for_selector("#d2020-09-15:target", state="visible")
    page.goto((site / "ranking.html").as_uri())
    page.click("thead button >> nth=3")
    counted = [Decimal(text.replace(".", "")) for text in page.locator("tbody td:nth-child(4)").all_inner_texts()]
    assert counted == sorted(counted)
    assert len(counted) == 17
    context.close()
    assert said == []


def test_all_can_be_read_without_the_script_and_printed(browser: "Browser", site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "area" / "3371010.html").as_uri())
    page.click("summary >> nth=0")
    assert page.is_visible("#d2020-09-15")
    assert not page.is_visible("input[type=search]")
    context.close()

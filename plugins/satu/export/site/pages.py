"""The pages of the whole release: overview, ranking, map, quality."""

from itertools import groupby

from satu.export.site import charts
from satu.export.site.area import PROGRESS, key_figures
from satu.export.site.charts import Chart
from satu.export.site.figures import Place, Row
from satu.export.site.page import Cell, Page, Section, Table, Writer

GATES = {"file": "Delivered files", "population": "People and households", "release": "Figures to be published"}
CLASSES = (50, 80, 95, 99)
"""Where the classes of the tiles begin, in percent of known people whom officers have checked."""


def overview(writer: Writer, drawn: dict[str, str]) -> Page:
    """Return the first page: how many, how sure, checked again, who is missing, may it be used, what changed."""
    figures, place = writer.figures, writer.figures.place
    title = f"{writer.text('Population census of')} {figures.info.area_name.title()}"
    sections = [_use(writer), _checked_again(writer, place), _districts(writer, place, drawn), _missing(writer, place)]
    sections.append(_changed(writer, place))
    return Page("index.html", title, [s for s in sections if s], key_figures(writer, place))


def _use(writer: Writer) -> Section:
    info, checks = writer.figures.info, writer.figures.checks
    manifest = info.manifest or {}
    passed = sum(check.success is True for check in checks)
    use = (
        "You may use them; the data reach the end of the last phase."
        if info.is_final
        else "You may use them as provisional figures; they can still change."
    )
    said = [
        writer.text(use),
        f"{writer.language.cell(passed)} {writer.text('of')} {writer.language.cell(len(checks))}"
        f" {writer.text('checks passed. A failed critical check would have kept the release back.')}",
    ]
    if info.approved_by and info.approved_by != "gate":
        reason = manifest.get("approval_reason")
        said.append(
            f"{writer.text('A person approved the release')}: {info.approved_by}" + (f" ({reason})." if reason else ".")
        )
    else:
        said.append(writer.text("No check asked a person to approve the release."))
    rows = []
    for gate, title in GATES.items():
        mine = [check for check in checks if check.gate == gate]
        failed = [sum(c.success is not True and c.severity == s for c in mine) for s in ("critical", "warning", "info")]
        numbers = (len(mine), len(mine) - sum(failed), *failed)
        rows.append([Cell(writer.text(title)), *(Cell(writer.language.cell(n)) for n in numbers)])
    head = [
        writer.text(t)
        for t in ("Looked at", "Checks", "Passed", "Failed: critical", "Failed: warning", "Failed: told only")
    ]
    table = Table(writer.text("Checks by what they look at"), head, rows)
    return Section("use", writer.text("May these figures be used?"), said, [], [table])


def _checked_again(writer: Writer, place: Place) -> Section | None:
    people = [r for r in writer.figures.rows("online_recheck", place) if r["time_since_answer"] == "total"]
    families = writer.figures.rows("online_recheck_household", place)
    said = writer.text(
        "In September officers checked everybody again, also those who had answered online. This is what they found."
    )
    word = {"Found": writer.word("outcome")}
    tables = [
        writer.table(
            "People who answered online",
            _ranked(people, "person_count"),
            ["person_count", "person_percent"],
            word,
            is_open=True,
        ),
        writer.table(
            "Their families", _ranked(families, "household_count"), ["household_count", "household_percent"], word
        ),
    ]
    tables = [table for table in tables if table.rows]
    return Section("again", writer.text("Checked again"), [said], [], tables) if tables else None


def _ranked(rows: list[Row], count: str) -> list[Row]:
    return sorted(rows, key=lambda r: ("total" in (r.get("outcome"), r.get("evidence")), -(r[count] or 0)))


def _districts(writer: Writer, place: Place, drawn: dict[str, str]) -> Section | None:
    parts = [writer.figures.row("coverage_by_area", p) for p in writer.figures.parts(place)]
    if not parts:
        return None
    names = [str(r["area_name"]).title() for r in parts]
    name = f"districts-{writer.language.code}"
    if name not in drawn:
        amounts = [None if r["settled_person_percent"] is None else float(r["settled_person_percent"]) for r in parts]
        drawn[name] = charts.bars(names, amounts, [writer.value(r, "settled_person_percent").text for r in parts], 100)
    numbers = "; ".join(
        f"{name} {writer.value(row, 'settled_person_percent').text}" for name, row in zip(names, parts, strict=True)
    )
    chart = Chart(drawn[name], f"{writer.text('Known people checked by officers, %')}: {numbers}.")
    first = {"Area": lambda row: writer.area((row["area_level"], row["area_code"]))}
    table = writer.table("Areas", parts, PROGRESS, first, is_open=True, dataset="coverage_by_area")
    said = writer.text("Progress is the share of all known people whom officers have checked; it never exceeds 100.")
    return Section("areas", writer.text("How far is each area?"), [said], [chart], [table])


def _missing(writer: Writer, place: Place) -> Section | None:
    columns = [
        "counted_person_count",
        "estimated_person_count",
        "estimate_lower_count",
        "estimate_upper_count",
        "net_error_percent",
    ]
    rows = [r for r in writer.figures.rows("coverage_estimate", place) if r["sex"] == "total"]
    evidence = writer.table(
        "On what the count rests",
        _ranked(writer.figures.rows("evidence_of_count", place), "person_count"),
        ["person_count", "person_percent"],
        {"Evidence": writer.word("evidence")},
    )
    estimate = writer.table("The survey after the census", rows, columns, {"Group": writer.word("sex")}, is_open=True)
    tables = [table for table in (estimate, evidence) if table.rows]
    said = writer.text(
        "A survey after the census asked again in some work areas; the estimate never changes the count."
    )
    return (
        Section("missing", writer.text("Who is missing, and how sure is that?"), [said], [], tables) if tables else None
    )


def _changed(writer: Writer, place: Place) -> Section | None:
    rows = [r for r in writer.figures.rows("coverage_change", place) if r["previous_release_id"]]
    if not rows:
        return Section(
            "changed", writer.text("What changed"), [writer.text("There is no earlier release to compare with.")]
        )
    columns = ["counted_person_change_count", "verified_person_change_count", "unresolved_person_change_count"]
    first = {"Release before": lambda row: Cell(str(row["previous_release_id"]))}
    return Section(
        "changed",
        writer.text("What changed"),
        [],
        [],
        [writer.table("Since the release before", rows, columns, first, is_open=True)],
    )


def ranking(writer: Writer) -> Page:
    """Return the villages by what is left to check, the most first."""
    rows = [writer.figures.row("coverage_by_area", place) for place in writer.figures.areas("village")]
    rows.sort(key=lambda r: (-_left(r), float(r["settled_person_percent"] or 0), r["area_code"]))
    columns = ["remaining_household_count", *(c for c in PROGRESS if c != "remaining_household_count")]
    first = {"Area": lambda row: writer.area((row["area_level"], row["area_code"]))}
    said = writer.text(
        "Remaining is the target less the family cards that officers have checked. It is withheld where one of"
        " these counts is small."
    )
    title = writer.text("Kelurahan by what is left to check")
    return Page(
        "ranking.html",
        title,
        [
            Section(
                "ranking", title, [said], [], [writer.table("Kelurahan and desa", rows, columns, first, is_open=True)]
            )
        ],
    )


def _left(row: Row) -> float:
    """Return what is left to check; a withheld number is small, and more than nothing."""
    left = row["remaining_household_count"]
    return float(left) if left is not None else 2.5 if row["remaining_household_count_status"] == "withheld" else 0.0


def tiles(writer: Writer) -> list[tuple[str, list[tuple[Cell, str, int | None]]]]:
    """Return the map: each district with its villages, their progress and its class from 1 to 5, none where unknown."""
    villages = writer.figures.areas("village")

    def tile(place: Place) -> tuple[Cell, str, int | None]:
        row = writer.figures.row("coverage_by_area", place)
        share = row["settled_person_percent"]
        rank = None if share is None else 1 + sum(float(share) >= least for least in CLASSES)
        return writer.area(place), writer.value(row, "settled_person_percent").text, rank

    groups = groupby(villages, key=lambda p: p[1][:7])
    return [(writer.figures.name(("district", code)).title(), [tile(p) for p in places]) for code, places in groups]


def quality(writer: Writer) -> Page:
    """Return the page of checks, approvals, waivers, ages, answers and the estimate."""
    figures, place = writer.figures, writer.figures.place
    manifest = figures.info.manifest or {}
    meanings = {c["check_name"]: c.get("meaning") for c in manifest.get("checks", [])}
    failed = [c for c in figures.checks if c.success is not True]
    head = [writer.text(t) for t in ("Check", "What it holds", "Severity", "Expected")]
    cells = [
        [
            Cell(c.check_name),
            Cell(meanings.get(c.check_name) or ""),
            Cell(writer.text(c.severity)),
            Cell(c.expected or ""),
        ]
        for c in failed
    ]
    waived = [
        [Cell(w["check_name"]), Cell(w["waived_by"]), Cell(w["reason"]), Cell(w["valid_until"])]
        for w in manifest.get("waivers", [])
    ]
    waiver_head = [writer.text(t) for t in ("Check", "Who let it fail", "Why", "Until")]
    tables = [
        Table(writer.text("What did not hold"), head, cells, is_open=True, is_words=True),
        Table(
            writer.text("What was allowed to fail, by whom and why"), waiver_head, waived, is_open=True, is_words=True
        ),
    ]
    said = [] if failed else [writer.text("Every check passed.")]
    answers = sorted(figures.rows("characteristic_quality", place), key=lambda r: str(r["characteristic"]))
    ages = [r for p in (place, *figures.parts(place)) for r in figures.rows("age_quality", p) if r["sex"] == "total"]
    strata = sorted(
        figures.rows("coverage_estimate", place),
        key=lambda r: (r["sex"] != "total", str(r["sex"]), str(r["age_group"])),
    )
    sections = [
        _use(writer),
        Section("checks", writer.text("Checks that did not hold"), said, [], [t for t in tables if t.rows]),
        Section(
            "answers",
            writer.text("How good the answers are"),
            [],
            [],
            [
                writer.table(
                    "Questions",
                    answers,
                    ["asked_count", "missing_percent", "edited_percent", "imputed_percent"],
                    {
                        "Question": writer.word("characteristic"),
                        "Statement": lambda r: writer.value(r, "quality", in_words=True),
                    },
                    is_open=True,
                )
            ],
        ),
        Section(
            "ages",
            writer.text("How well ages were told"),
            [
                writer.text(
                    "Whipple's index is 100 where nobody rounds; an age-sex accuracy index below 20 is good, and below"
                    " 0 it is less uneven than chance."
                )
            ],
            [],
            [
                writer.table(
                    "Indexes of ages",
                    ages,
                    ["whipple_index", "myers_blended_index", "un_age_sex_accuracy_index"],
                    {"Area": lambda r: writer.area((r["area_level"], r["area_code"]))},
                    is_open=True,
                )
            ],
        ),
        Section(
            "estimate",
            writer.text("The estimate by age and sex"),
            [],
            [],
            [
                writer.table(
                    "Estimate with its interval",
                    strata,
                    [
                        "counted_person_count",
                        "estimated_person_count",
                        "estimate_lower_count",
                        "estimate_upper_count",
                        "net_error_percent",
                    ],
                    {"Sex": writer.word("sex"), "Age": writer.word("age_group")},
                )
            ],
        ),
    ]
    return Page("quality.html", writer.text("Quality"), sections)

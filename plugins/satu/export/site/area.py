"""The page of one area: progress, people, homes, and the areas in it."""

from datetime import date

from satu.export.site import charts
from satu.export.site.charts import Chart
from satu.export.site.figures import LEVELS, Place, Row
from satu.export.site.page import Cell, Page, Section, Table, Writer, area_path
from satu.export.site.words import NOISE

HOUSEHOLDS = {"household_count": "Households", "household_percent": "Households %"}
GENERATIONS = ["pre_boomer", "boomer", "x", "millennial", "z", "post_z"]
PROGRESS = (
    "settled_person_percent",
    "counted_person_count",
    "counted_household_count",
    "responded_household_count",
    "checked_household_count",
    "target_household_count",
    "remaining_household_count",
)
DAILY = {
    "responded_household_to_date_count": "Family cards that answered online, to date",
    "checked_household_to_date_count": "Family cards checked by officers, to date",
}
KEY = {
    "settled_person_percent": "Known people checked by officers, %",
    "counted_person_count": "Residents counted",
    "counted_household_count": "Family cards counted",
    "unresolved_person_count": "People not yet resolved",
}
CHARACTERISTICS = ("religion", "marital_status", "education", "activity", "occupation", "citizenship")


def key_figures(writer: Writer, place: Place) -> list[tuple[str, str]]:
    """Return the key figures of an area: progress first, then the count, then how sure it is."""
    row = writer.figures.row("coverage_by_area", place)
    found = [(writer.text(label), writer.value(row, column).text) for column, label in KEY.items()]
    estimate = writer.figures.row("coverage_estimate", place, sex="total")
    if estimate.get("estimate_lower_count") is not None:
        between = f"{writer.language.cell(estimate['estimate_lower_count'])} \N{EN DASH} "
        between += writer.language.cell(estimate["estimate_upper_count"])
        found.insert(2, (writer.text("Residents by the survey, 95 % interval"), between))
    return found


def area_page(writer: Writer, place: Place, drawn: dict[str, str]) -> Page:
    """Return the page of one area; `drawn` keeps its drawings, which both languages share."""
    found = [
        _days(writer, place, drawn),
        _parts(writer, place),
        _people(writer, place, drawn),
        _groups(writer, place),
        _homes(writer, place),
        _registry(writer, place),
    ]
    sections = [section for section in found if section]
    return Page(
        area_path(place),
        writer.figures.name(place).title(),
        sections,
        key_figures(writer, place),
        _around(writer, place),
        has_days=any(section.name == "days" for section in sections),
    )


def _around(writer: Writer, place: Place) -> list[tuple[str, str]]:
    above = [p for p in writer.figures.areas(*LEVELS) if place[1].startswith(p[1].removeprefix("00")) and p != place]
    above.sort(key=lambda p: (LEVELS.index(p[0]), p[1]))
    return [(writer.figures.name(p).title(), area_path(p, "../")) for p in above]


def _days(writer: Writer, place: Place, drawn: dict[str, str]) -> Section | None:
    rows = sorted(writer.figures.rows("coverage_daily", place), key=lambda row: row["event_date"])
    if not rows:
        return None
    name = f"days-{place[1]}"
    ends_at = max((r["end_date"] for r in writer.figures.rows("coverage_pace", place)), default=rows[-1]["event_date"])
    if name not in drawn:
        drawn[name] = charts.curves(
            {column: [(r["event_date"], r[column]) for r in rows if r["event_date"] <= ends_at] for column in DAILY},
            [(r["start_date"], r["end_date"]) for r in writer.figures.rows("coverage_pace", place)],
            _activities(writer, place),
            rows[-1].get("target_household_count"),
        )
    ends = [f"{writer.text(label)}: {writer.value(rows[-1], column).text}" for column, label in DAILY.items()]
    colours = (charts.ONLINE, charts.CHECKED)
    chart = Chart(
        drawn[name],
        f"{writer.text('Progress by day')}. {'; '.join(ends)}.",
        tuple(zip(colours, map(writer.text, DAILY.values()), strict=True)),
    )
    columns = [
        "checked_household_count",
        "checked_household_to_date_count",
        "interviewed_household_count",
        "responded_household_count",
        "responded_household_to_date_count",
    ]
    if place[0] == "village":  # of which most counts of a day are withheld
        columns = [column for column in columns if column in DAILY]
    table = writer.table(
        "Day by day",
        rows,
        columns,
        {"Day": lambda row: Cell(writer.language.cell(row["event_date"]))},
        anchor=lambda row: f"d{row['event_date'].isoformat()}",
        dataset="coverage_daily",
    )
    said = [
        writer.text(
            "Grey bands are the windows of the phases, orange ticks activities of outreach, the dashed line the target"
            " from before the census, in family cards."
        ),
        writer.text("Totals to date carry noise of their own: they can fall by a few from one day to the next."),
    ]
    return Section("days", writer.text("Progress by day"), said, [chart], [table])


def _activities(writer: Writer, place: Place) -> list[date]:
    rows = writer.figures.whole.get("outreach_response", [])
    return sorted({r["activity_date"] for r in rows if r["activity_date"] and str(r["area_code"]).startswith(place[1])})


def _parts(writer: Writer, place: Place) -> Section | None:
    parts = writer.figures.parts(place)
    if not parts:
        return None
    kind = {"district": "Kecamatan", "village": "Kelurahan and desa", "sls": "Work areas (SLS)"}.get(
        parts[0][0], "Areas"
    )
    table = writer.table(
        kind,
        [writer.figures.row("coverage_by_area", part) for part in parts],
        PROGRESS,
        {"Area": lambda row: writer.area((row["area_level"], row["area_code"]), "../")},
        is_open=True,
        dataset="coverage_by_area",
    )
    return Section("parts", writer.text(kind), [], [], [table])


def _people(writer: Writer, place: Place, drawn: dict[str, str]) -> Section | None:
    rows = writer.figures.rows("population_by_age_sex", place)
    counts = {(row["sex"], row["age_group"]): row for row in rows}
    groups = sorted({str(row["age_group"]) for row in rows} - {"total", "unknown"})
    if not groups:
        return None

    def count(sex: str, group: str) -> int | None:
        found: int | None = counts.get((sex, group), Row())["person_count"]
        return found

    name = f"pyramid-{place[1]}"
    if name not in drawn:
        drawn[name] = charts.pyramid(groups, [count("male", g) for g in groups], [count("female", g) for g in groups])
    men, women = writer.text("Men"), writer.text("Women")
    cell = writer.language.cell
    label = "; ".join(f"{g}: {men} {cell(count('male', g))}, {women} {cell(count('female', g))}" for g in groups)
    chart = Chart(drawn[name], f"{writer.text('Ages and sexes')}. {label}.", ((charts.MEN, men), (charts.WOMEN, women)))
    head = [writer.text("Age"), men, women, writer.text("Total")]
    shown = [g for g in (*groups, "unknown", "total") if any((sex, g) in counts for sex in ("male", "female", "total"))]
    cells = [
        [
            Cell(writer.language.category(group)),
            *(writer.value(counts.get((sex, group), Row()), "person_count") for sex in ("male", "female", "total")),
        ]
        for group in shown
    ]
    anchors = [f"age-{group.removesuffix('+')}" for group in shown]
    table = Table(writer.text("People by age and sex"), head, cells, anchors, dataset="population_by_age_sex")
    return Section("people", writer.text("Ages and sexes"), [writer.text(NOISE)], [chart], [table])


def _groups(writer: Writer, place: Place) -> Section | None:
    figures = writer.figures
    generations = [r for r in figures.rows("population_by_generation", place) if r["sex"] == "total"]
    schools = [r for r in figures.rows("population_by_school_age", place) if r["sex"] == "total"]
    answers = figures.rows("population_by_characteristic", place)
    tables = [
        writer.table(
            "Generations",
            _ordered(generations, "generation", GENERATIONS),
            ["person_count", "person_percent"],
            {"Generation": writer.word("generation")},
        ),
        writer.table(
            "School ages",
            sorted(schools, key=lambda r: str(r["school_age_group"])),
            ["person_count", "activity_known_person_count", "studying_person_count", "studying_percent"],
            {"Age": writer.word("school_age_group")},
        ),
    ]
    for name in CHARACTERISTICS:
        rows = [r for r in answers if r["characteristic"] == name]
        rows.sort(key=lambda r: (r["category"] == "total", -(r["person_count"] or 0)))
        quality = figures.row("characteristic_quality", place, characteristic=name).get("quality")
        made = writer.table(
            name.capitalize().replace("_", " "),
            rows,
            ["person_count", "person_percent"],
            {"Answer": writer.word("category")},
        )
        caption = f"{made.caption}: {writer.language.category(quality)}" if quality else made.caption
        tables.append(Table(caption, made.head, made.rows, dataset="population_by_characteristic"))
    return Section("groups", writer.text("Who lives here"), [], [], [t for t in tables if t.rows])


def _ordered(rows: list[Row], column: str, order: list[str]) -> list[Row]:
    """Return rows by the order of a list, else by their values; the total is last."""
    return sorted(
        rows, key=lambda r: (r[column] == "total", order.index(r[column]) if r[column] in order else -1, str(r[column]))
    )


def _homes(writer: Writer, place: Place) -> Section | None:
    sizes = sorted(writer.figures.rows("household_by_size", place), key=lambda r: str(r["size_group"]))
    homes = writer.figures.rows("household_by_housing", place)
    columns = ["household_count", "household_percent"]
    sizes = _ordered(sizes, "size_group", [])
    tables = [
        writer.table(
            "Households by size",
            sizes,
            columns,
            {"Members": writer.word("size_group")},
            labels=HOUSEHOLDS,
            dataset="household_by_size",
        )
    ]
    for name in sorted({str(r["characteristic"]) for r in homes}):
        rows = [r for r in homes if r["characteristic"] == name]
        rows.sort(key=lambda r: (r["category"] == "total", -(r["household_count"] or 0)))
        tables.append(
            writer.table(
                name.capitalize(),
                rows,
                columns,
                {"Answer": writer.word("category")},
                labels=HOUSEHOLDS,
                dataset="household_by_housing",
            )
        )
    tables = [table for table in tables if table.rows]
    return Section("homes", writer.text("Households and homes"), [], [], tables) if tables else None


def _registry(writer: Writer, place: Place) -> Section | None:
    def facts(table: str, columns: list[str]) -> list[Row]:
        row = writer.figures.row(table, place)
        return [Row(what=column, value=row[column], value_status=row[f"{column}_status"]) for column in columns if row]

    registry = facts(
        "registry_agreement",
        ["registered_person_count", "agreement_percent", "registered_not_found_count", "counted_not_registered_count"],
    )
    heading = {"Figure": lambda row: Cell(writer.language.heading(row["what"]))}
    tables = [writer.table("Agreement with the civil registry", registry, ["value"], heading)]
    control = writer.figures.rows("control_total_comparison", place)
    tables.append(
        writer.table(
            "Beside figures of other sources",
            control,
            ["control_count", "census_count", "difference_count", "difference_percent"],
            {"Figure": writer.word("indicator"), "Source": lambda row: Cell(str(row["source"]))},
        )
    )
    tables = [table for table in tables if table.rows]
    return Section("registry", writer.text("Beside other sources"), [], [], tables) if tables else None

"""The pages that people look things up in: outreach, downloads, definitions, and what engineers ask."""

from itertools import groupby

from satu.export.data import CATALOGUE, WORKBOOK, Exported
from satu.export.site.page import Cell, Page, Section, Table, Writer
from satu.export.site.pages import GATES


def outreach(writer: Writer) -> Page:
    """Return the page of outreach and of civil servants."""
    activities = sorted(
        writer.figures.whole.get("outreach_response", []), key=lambda r: (str(r["activity_date"]), str(r["area_code"]))
    )
    offices = sorted(writer.figures.whole.get("asn_participation", []), key=lambda r: str(r["office_name"]))
    said = writer.text(
        "The change around the time of an activity does not prove that the activity worked: activities are held where"
        " they seem to be needed."
    )
    first = {
        "Day": writer.day("activity_date"),
        "Channel": writer.word("channel"),
        "Area": lambda r: Cell(str(r["area_name"]).title()),
    }
    sections = [
        Section(
            "outreach",
            writer.text("Outreach"),
            [said],
            [],
            [
                writer.table(
                    "Answers per day and 1,000 family cards of the target, seven days before and after",
                    activities,
                    ["before_rate", "after_rate", "associated_change_rate"],
                    first,
                    is_open=True,
                )
            ],
        ),
        Section(
            "asn",
            writer.text("Civil servants (ASN)"),
            [],
            [],
            [
                writer.table(
                    "Offices",
                    offices,
                    ["civil_servant_count", "responded_civil_servant_count", "responded_civil_servant_percent"],
                    {"Office": lambda r: Cell(str(r["office_name"]))},
                    is_open=True,
                )
            ],
        ),
    ]
    return Page("outreach.html", writer.text("Outreach and civil servants"), sections)


def downloads(writer: Writer, exported: list[Exported], up: str) -> Page:
    """Return the page of all files; `up` leads to the folder of the release."""
    rows = [
        [
            Cell(table.name),
            Cell(writer.language.cell(table.rows)),
            Cell("CSV", f"{up}data/{table.file}.csv"),
            Cell("CSV ;", f"{up}data/{table.file}.indonesia.csv"),
            Cell("Parquet", f"{up}data/{table.file}.parquet"),
        ]
        for table in exported
    ]
    head = [writer.text(t) for t in ("Table", "Rows", "CSV", "CSV for Excel in Indonesia", "Parquet")]
    said = [
        writer.text(
            "Every published table of this release. SHA256SUMS has the checksums, manifest.json what the release was"
            " made of."
        )
    ]
    workbook = f"{writer.figures.info.file_prefix}{WORKBOOK}"
    files = ["manifest.json", "datapackage.json", *(f"catalogue/{name}" for name in CATALOGUE), workbook, "SHA256SUMS"]
    more = [[Cell(name, f"{up}{name}")] for name in files]
    sections = [
        Section(
            "tables",
            writer.text("Tables"),
            said,
            [],
            [
                Table(
                    writer.text("Published tables"), head, rows, [f"t-{table.name}" for table in exported], is_open=True
                ),
                Table(writer.text("About the release"), [writer.text("File")], more, is_open=True),
            ],
        )
    ]
    return Page("downloads.html", writer.text("Downloads"), sections)


def definitions(writer: Writer) -> Page:
    """Return what each indicator, variable and status means."""
    whole = writer.figures.whole
    indicators = sorted(whole.get("indicator_metadata", []), key=lambda r: (r["variable_name"], r["dataset_id"]))
    head = [writer.text(t) for t in ("Indicator", "Table", "Definition", "Unit", "Computation", "Use")]
    rows = [
        [
            Cell(writer.language.heading(r["variable_name"])),
            *(Cell(str(r[name])) for name in ("dataset_id", "definition", "unit", "computation", "intended_use")),
        ]
        for r in indicators
    ]
    anchors = [f"i-{r['dataset_id']}-{r['variable_name']}" for r in indicators]
    statuses = [
        [
            Cell(writer.language.category(r["status"])),
            Cell(writer.text(r["meaning"])),
            Cell(r["obs_status"]),
            Cell(r["conf_status"]),
        ]
        for r in whole.get("value_status", [])
    ]
    sections = [
        Section(
            "indicators",
            writer.text("Indicators"),
            [],
            [],
            [
                Table(
                    writer.text("How rates are computed"),
                    head,
                    rows,
                    anchors,
                    is_open=True,
                    is_words=True,
                    is_english=True,
                )
            ],
        ),
        Section(
            "statuses",
            writer.text("Why a value is missing"),
            [],
            [],
            [
                Table(
                    writer.text("Statuses"),
                    [writer.text(t) for t in ("Status", "Meaning", "OBS_STATUS (SDMX)", "CONF_STATUS (SDMX)")],
                    statuses,
                    is_open=True,
                    is_words=True,
                )
            ],
        ),
    ]
    variables = sorted(whole.get("variable_metadata", []), key=lambda r: (r["dataset_id"], r["variable_name"]))
    tables = []
    head = [writer.text(t) for t in ("Variable", "Definition", "Type")]
    for dataset, found in groupby(variables, key=lambda r: r["dataset_id"]):
        listed = [r for r in found if not r["variable_name"].endswith("_status")]
        cells = [[Cell(r["variable_name"]), Cell(r["definition"]), Cell(r["data_type"])] for r in listed]
        names = [f"v-{dataset}-{r['variable_name']}" for r in listed]
        tables.append(Table(str(dataset), head, cells, names, is_words=True, is_english=True))
    sections.append(Section("variables", writer.text("Variables of each table"), [], [], tables))
    return Page("definitions.html", writer.text("Definitions"), sections)


def engineers(writer: Writer, columns: list[tuple[str, str, str]]) -> Page:
    """Return the catalogue of checks, and where each column of a delivery goes: (feed, column of the file, name)."""
    manifest = writer.figures.info.manifest or {}
    head = [writer.text(t) for t in ("Check", "What it holds", "Severity")]
    by_gate = groupby(
        sorted(manifest.get("checks", []), key=lambda c: (c["gate"], c["check_name"])), key=lambda c: c["gate"]
    )
    checks = [
        Table(
            writer.text(GATES.get(gate, gate)),
            head,
            [
                [Cell(c["check_name"]), Cell(c.get("meaning") or ""), Cell(writer.text(c["severity"]))]
                for c in found
                if not c["check_name"].startswith("dbt.")
            ],
            is_words=True,
            is_english=True,
        )
        for gate, found in by_gate
    ]
    lineage = [
        Table(
            feed,
            [writer.text("Column of the file"), writer.text("Name in the warehouse")],
            [[Cell(header), Cell(f"stg_{feed}.{name}")] for _, header, name in found],
            is_words=True,
        )
        for feed, found in groupby(columns, key=lambda c: c[0])
    ]
    said = [
        writer.text("A table of the warehouse is made of these by the models of the project; `satu psql` shows them.")
    ]
    sections = [
        Section("checks", writer.text("Catalogue of checks"), [], [], checks),
        Section("lineage", writer.text("From the file to the warehouse"), said, [], lineage),
    ]
    return Page("engineers.html", writer.text("For engineers"), sections)

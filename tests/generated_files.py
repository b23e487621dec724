"""Files as offices might write them, drawn by Hypothesis: what was meant, how it was written, what was broken."""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from hypothesis import strategies as st

from satu.contracts import Contract, load_contracts
from satu.load.records import MAX_RECORD_LINES

CONTRACTS = load_contracts(Path(__file__).parents[1] / "contracts")
FEEDS = ("control_total", "outreach", "asn")  # UTF-8 only, with optional columns, with identifiers
DAMAGES = ("", "", "", "", "fewer", "more", "nul", "utf8", "open_quote", "after_quote", "blank")
BLOCK_SIZES = st.sampled_from([1, 7, 64, 1 << 20])
_LETTERS = st.text(
    st.sampled_from("abcXYZ 0189-+./=@'é日𝄞\u00a0\u2028\ufeff\\,;|\t\"")
    | st.characters(exclude_categories=["Cs", "Cc"]),
    max_size=8,
)
_BREAKS = st.sampled_from(["\n", "\n", "a\nb", 'x"\n"y', ",\n;"])
_TITLES = (("Daftar",), ("Rekap ASN", ""), ("", "Judul;x", "a,b"))


@dataclass(frozen=True)
class Row:
    """One record: what was meant, and what came in between."""

    values: tuple[str, ...]
    damage: str = ""


@dataclass(frozen=True)
class Written:
    """A file and what has to come of it."""

    feed: str
    name: str
    content: bytes
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unsure: frozenset[int] = frozenset()
    """Rows that an unclosed quote may join to one record, or not."""

    @property
    def contract(self) -> Contract:
        """The feed's contract."""
        return CONTRACTS[self.feed]


@st.composite
def files(draw: st.DrawFn) -> Written:
    """Draw a whole file of any kind, some of its records damaged."""
    feed = draw(st.sampled_from(FEEDS))
    columns = draw(st.permutations([column.name for column in CONTRACTS[feed].columns]))
    kind = draw(st.sampled_from([*["csv"] * 6, "csv.gz", "csv.gz", "zip", "zip", "jsonl", "jsonl", "parquet", "xlsx"]))
    values = draw(st.lists(st.lists(_LETTERS, min_size=len(columns), max_size=len(columns)), max_size=12))
    meant = [_row(columns, number, row) for number, row in enumerate(values, 1)]
    if kind == "jsonl" and not meant:
        meant = [_row(columns, 1, [""] * len(columns))]  # an empty file is refused
    if kind in ("parquet", "xlsx", "jsonl"):
        rows = tuple(map(Row, meant))
        make = {"parquet": _parquet, "xlsx": _xlsx, "jsonl": _json_lines}[kind]
        return Written(feed, f"f.{kind}", make(columns, rows), tuple(columns), rows)
    encodings = ["utf-8", "utf-8-sig", "utf-16"] + ["cp1252"] * ("windows-1252" in CONTRACTS[feed].extras.encodings)
    how = _Dialect(
        draw(st.sampled_from(",;|\t")),
        draw(st.sampled_from(encodings)),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.booleans()),
    )
    damages = draw(st.lists(st.sampled_from(DAMAGES), min_size=len(meant), max_size=len(meant)))
    breaks = draw(st.lists(st.none() | _BREAKS, min_size=len(meant), max_size=len(meant)))
    rows = tuple(
        _fitting(Row(row, damage), how, broken) for row, damage, broken in zip(meant, damages, breaks, strict=True)
    )
    titles = draw(st.just(()) | st.sampled_from(_TITLES))
    ends = draw(st.booleans())
    if kind == "zip":
        cut = draw(st.integers(0, len(rows)))
        parts = [how.text(columns, rows[:cut], titles, ends=ends), how.text(columns, rows[cut:], (), ends=ends)]
        return Written(
            feed,
            "f.zip",
            _zipped(parts),
            tuple(columns),
            rows,
            _unsure(rows[:cut], how) | _unsure(rows[cut:], how, cut),
        )
    text = how.text(columns, rows, titles, ends=ends)
    content = gzip.compress(text, mtime=0) if kind == "csv.gz" else text
    return Written(feed, f"f.{kind}", content, tuple(columns), rows, _unsure(rows, how))


@st.composite
def mangled(draw: st.DrawFn) -> Written:
    """Draw a file whose bytes were changed, cut out or put in wherever it happened."""
    file = draw(files())
    content = bytearray(file.content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, 1 << 14)) % (len(content) + 1)
        put_in = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"\x00", b"\r", b"\n", b"\n\\.\n", b"\xff", b"E+"])
        )
        content[at : at + draw(st.sampled_from([0, 1, 3, 1 << 20]))] = put_in
    return replace(file, content=bytes(content))


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    encoding: str
    line_end: str
    quotes_all: bool

    def text(self, columns: list[str], rows: tuple[Row, ...], titles: tuple[str, ...], *, ends: bool) -> bytes:
        lines = [*titles, self.line(columns), *(self.damaged(row) for row in rows)]
        text = self.line_end.join(lines) + (self.line_end if ends else "")
        content = text.encode("utf-8-sig" if self.encoding == "utf-8-sig" else self.encoding)
        return content.replace(_BROKEN.encode(), b"\xc3\x28\x81")  # in Windows-1252 no text either

    def line(self, values: list[str] | tuple[str, ...], *, quotes_all: bool | None = None) -> str:
        special = (self.delimiter, '"', "\n", "\r")
        every = self.quotes_all if quotes_all is None else quotes_all
        return self.delimiter.join(
            '"' + value.replace('"', '""') + '"' if every or any(mark in value for mark in special) else value
            for value in values
        )

    def damaged(self, row: Row) -> str:
        values = row.values
        if row.damage == "fewer":
            return self.line(("x", *values[1 : len(values) // 2]))
        if row.damage == "more":
            return self.line((*values, "", "x"))
        if row.damage == "nul":
            return self.line(("n\x00", *values[1:]))
        if row.damage == "utf8":
            return self.line(("n" + _BROKEN, *values[1:]))
        if row.damage == "open_quote":
            return '"' + self.line([value.replace('"', "") for value in values], quotes_all=False)
        if row.damage == "after_quote":
            return '"a"b' + self.delimiter + self.line(values[1:])
        return "" if row.damage == "blank" else self.line(values)


_BROKEN = "\ue000"


def _row(columns: list[str], number: int, values: list[str]) -> tuple[str, ...]:
    """Make each row one of its kind with a natural key, by which it is a record, and no rounded number in it."""
    cleaned = [value.replace(_BROKEN, "").replace("E+", "E") for value in values]
    keys = {"nip": f"{number:018}", "kode_wilayah": f"{3371 + number}", "indikator": "KK", "id_kegiatan": f"K{number}"}
    return tuple(keys.get(name, f"r{number}{value}") for name, value in zip(columns, cleaned, strict=True))


def _fitting(row: Row, how: _Dialect, broken: str | None) -> Row:
    """Return the row as this dialect can say it."""
    damage = row.damage
    if damage == "utf8" and how.encoding not in ("utf-8", "utf-8-sig"):
        damage = "more"
    values = row.values
    if broken and how.line_end != "\r" and not damage:
        values = (*values[:-1], values[-1] + broken)
    if damage == "open_quote":
        values = tuple(value.replace(how.delimiter, "").replace("\n", "") for value in values)
    if how.encoding == "cp1252":
        values = tuple(value.encode("cp1252", "ignore").decode("cp1252") for value in values)
    return Row(values, damage)


def _unsure(rows: tuple[Row, ...], how: _Dialect, before: int = 0) -> frozenset[int]:
    """Rows from an unclosed quote to the next line with an odd number of quotes, if that is near."""
    unsure: set[int] = set()
    for number, row in enumerate(rows):
        if row.damage != "open_quote":
            continue
        for other in range(number + 1, min(len(rows), number + MAX_RECORD_LINES)):
            if any(line.count('"') % 2 for line in how.damaged(rows[other]).split("\n")):
                unsure |= set(range(before + number, before + other + 1))
                break
    return frozenset(unsure)


def _zipped(parts: list[bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts):
            archive.writestr(zipfile.ZipInfo(f"{number}.csv"), part)
    return packed.getvalue()


def _parquet(columns: list[str], rows: tuple[Row, ...]) -> bytes:
    packed = io.BytesIO()
    table = {name: pa.array([row.values[at] for row in rows], pa.string()) for at, name in enumerate(columns)}
    pq.write_table(pa.table(table), packed)
    return packed.getvalue()


def _xlsx(columns: list[str], rows: tuple[Row, ...]) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet()
        for number, values in enumerate([columns, *(row.values for row in rows)]):
            for at, value in enumerate(values):
                sheet.write_string(number, at, value)
    return packed.getvalue()


def _json_lines(columns: list[str], rows: tuple[Row, ...]) -> bytes:
    return "\n".join(json.dumps(dict(zip(columns, row.values, strict=True))) for row in rows).encode()

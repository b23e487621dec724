"""Write deliveries in the form of the offices' exports, identical on every run, and record the truth of each."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import xlsxwriter

from satu.landing_file import SIMULATED
from satu.simulate.damage import Damage, break_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_EPOCH = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Dialect:
    """An office's export format: the extension decides the container, the rest the form of the text."""

    extension: str = "csv"
    separator: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    members: int = 1
    footer: bool = False


@dataclass(frozen=True)
class Delivery:
    """One file to be written: `frame` has text columns in export order.

    For the person feeds `true_ids` has one id a row, and `line` names the columns of the return (form, list or card)
    that the row is in and of its line there, none where a row is a line by itself.
    """

    feed: str
    period: str
    name: str
    frame: pl.DataFrame
    true_ids: pl.Series | None = None
    line: tuple[str, str | None] = ("", None)
    dialect: Dialect = Dialect()
    damage: tuple[Damage, ...] = ()


class Drop:
    """The landing place being filled: writes files, remembers records, traps and counts."""

    def __init__(
        self,
        landing: Path,
        area: str,
        seed: int,
        *,
        damaging: bool = True,
        listener: Callable[[Delivery], None] = lambda _: None,
    ) -> None:
        self.landing = landing
        self.area = area
        self.seed = seed
        self.damaging = damaging
        self.listener = listener
        self.files = 0
        self.records: dict[str, int] = {}
        self.truth: list[pl.DataFrame] = []
        self.traps: list[tuple[str, str, str]] = []

    def write(self, delivery: Delivery) -> str:
        """Write one delivery and return its uri relative to the landing place."""
        self.listener(delivery)
        uri = self._uri(delivery.feed, delivery.period, f"{delivery.name}.{delivery.dialect.extension}")
        content, damaged = self._render(delivery, uri)
        self.put(uri, content)
        height = delivery.frame.height
        self.records[delivery.feed] = self.records.get(delivery.feed, 0) + height
        if delivery.true_ids is not None:
            number = pl.int_range(1, height + 1, eager=True)
            return_id, line_no = delivery.line
            self.truth.append(
                pl.DataFrame(
                    {
                        "feed": pl.repeat(delivery.feed, height, eager=True),
                        "uri": pl.repeat(uri, height, eager=True),
                        "record_no": number,
                        "true_id": delivery.true_ids.cast(pl.Int64),
                        "is_damaged": number.is_in(damaged),
                        "return_id": delivery.frame[return_id],
                        "line_no": delivery.frame[line_no].cast(pl.Int64) if line_no else number,
                    }
                )
            )
        return uri

    def put(self, uri: str, content: bytes) -> None:
        """Write bytes unchanged."""
        path = self.landing / uri
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files += 1

    def trap(self, uri: str, kind: str, outcome: str) -> None:
        """Record a trap and how a correct pipeline handles it."""
        self.traps.append((uri, kind, outcome))

    def _uri(self, feed: str, period: str, name: str) -> str:
        return f"{feed}/area={self.area}/period={period}/{SIMULATED}{name}"

    def _render(self, delivery: Delivery, uri: str) -> tuple[bytes, list[int]]:
        # Exports leave an unknown field empty; an empty string would be written as a quoted one.
        dialect, frame = delivery.dialect, delivery.frame.with_columns(pl.all().replace("", None))
        if dialect.extension == "parquet":
            return _parquet(frame), []
        if dialect.extension == "jsonl":
            return frame.write_ndjson().encode(), []
        frame = frame.rename(dialect.headers)
        if dialect.extension == "xlsx":
            return _xlsx(frame, dialect), []
        if dialect.extension == "zip":
            return _zip(frame, delivery), []
        text = _csv(frame, dialect)
        if not (delivery.damage and self.damaging):
            return _packed(text, dialect), []
        content, damaged = break_lines(text, delivery, np.random.default_rng([self.seed, zlib.crc32(uri.encode())]))
        for number, kind in damaged:
            self.trap(f"{uri}#{number}", kind, "rejected_record")
        return gzip.compress(content, mtime=0) if dialect.extension == "csv.gz" else content, [n for n, _ in damaged]


def _csv(frame: pl.DataFrame, dialect: Dialect) -> str:
    return frame.write_csv(separator=dialect.separator, line_terminator=dialect.line_end)


def _packed(text: str, dialect: Dialect) -> bytes:
    content = text.encode(dialect.encoding)
    return gzip.compress(content, mtime=0) if dialect.extension == "csv.gz" else content


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def _zip(frame: pl.DataFrame, delivery: Delivery) -> bytes:
    """Several CSV members; records are numbered across members."""
    buffer, members = io.BytesIO(), min(delivery.dialect.members, max(1, frame.height))
    size = -(-frame.height // members) if frame.height else 1
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in range(members):
            info = zipfile.ZipInfo(f"{delivery.name}_{member + 1}.csv", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, _csv(frame.slice(member * size, size), delivery.dialect))
    return buffer.getvalue()


def _xlsx(frame: pl.DataFrame, dialect: Dialect) -> bytes:
    """Build a sheet: title rows, header, a (1)(2)(3) row under it, and a `Jumlah` footer that counts the records."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": datetime(*_EPOCH, tzinfo=UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    rows: list[list[str]] = [[title] for title in dialect.titles] + [frame.columns]
    if dialect.titles:
        rows.append([f"({i + 1})" for i in range(frame.width)])
    for number, row in enumerate([*rows, *frame.iter_rows()]):
        for column, value in enumerate(row):
            if value:
                sheet.write_string(number, column, value)
    if dialect.footer:
        sheet.write_string(len(rows) + frame.height, 0, "Jumlah")
        sheet.write_number(len(rows) + frame.height, 1, frame.height)
    book.close()
    return buffer.getvalue()

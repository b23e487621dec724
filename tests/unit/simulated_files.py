"""Read the files of a simulated drop."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from typing import TYPE_CHECKING

import polars as pl
from python_calamine import CalamineWorkbook

if TYPE_CHECKING:
    from pathlib import Path


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read the records of a file line by line, so that a broken line costs only itself."""
    if path.name.endswith(".parquet"):
        return pl.read_parquet(path).to_dicts()
    if path.name.endswith(".jsonl"):
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.name.endswith(".xlsx"):
        return read_sheet(path)
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            return [row for name in archive.namelist() for row in read_text(archive.read(name))]
    content = path.read_bytes()
    return read_text(gzip.decompress(content) if path.name.endswith(".gz") else content)


def read_text(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig", errors="replace").replace("\x00", "")
    header, *lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    separator = max(",;|", key=header.count)
    names = header.split(separator)
    fields = (next(csv.reader([line], delimiter=separator)) for line in lines)
    return [dict(zip(names, row, strict=False)) for row in fields]


def read_sheet(path: Path) -> list[dict[str, str]]:
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert rows[3][0] == "(1)"
    assert rows[-1][0] == "Jumlah"
    assert rows[-1][1] == len(rows) - 5
    return [dict(zip(map(str, rows[2]), map(str, row), strict=True)) for row in rows[4:-1]]

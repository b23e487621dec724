"""Files that a pipeline must handle without counting them: copies, a damaged spreadsheet export, leftovers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from satu.landing_file import SIMULATED

if TYPE_CHECKING:
    from satu.simulate.writing import Drop


def add_file_traps(drop: Drop, online_uri: str, verification_uri: str) -> None:
    """Add one duplicate, one file to be refused and two unfinished files; none of them has new records."""
    copy = _beside(verification_uri, "dp (1).csv")
    drop.put(copy, (drop.landing / verification_uri).read_bytes())
    drop.trap(copy, "same_bytes_other_name", "duplicate")
    spoilt = _beside(online_uri, "anggota_excel.csv")
    drop.put(spoilt, _as_spreadsheet_saved((drop.landing / online_uri).read_text("utf-8")))
    drop.trap(spoilt, "nik_in_scientific_notation", "refused")
    part = f"registry/area={drop.area}/period=2019-12-31/dkb_tambahan.csv.part"
    drop.put(part, b"nik,no_kk,nama_leng")
    drop.trap(part, "upload_not_finished", "ignored")
    leftover = f"registry/area={drop.area}/period=2019-12-31/.DS_Store"
    drop.put(leftover, b"\x00\x00\x00\x01Bud1")
    drop.trap(leftover, "hidden_file", "ignored")


def _beside(uri: str, name: str) -> str:
    return f"{uri.rsplit('/', 1)[0]}/{SIMULATED}{name}"


def _as_spreadsheet_saved(text: str) -> bytes:
    """Re-save an export as a spreadsheet with Indonesian settings does: semicolons and `3,37E+15` for a NIK."""
    header, *rows = list(csv.reader(io.StringIO(text)))
    at = header.index("nik")
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        nik = row[at]
        row[at] = f"{float(nik):.2E}".replace(".", ",") if len(nik) == 16 else nik
        writer.writerow(row)
    return out.getvalue().encode()

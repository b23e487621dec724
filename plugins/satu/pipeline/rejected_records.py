"""Rejected records for the engineer who corrects the file: listed, masked, or written out under their header."""

from pathlib import Path
from typing import TYPE_CHECKING

from satu.errors import WrongUsage
from satu.ledger import queries
from satu.pipeline.steps import contracts_of
from satu.privacy import masking
from satu.settings import Settings

if TYPE_CHECKING:
    from satu.contracts import Contract
    from satu.load.text import Header


def rejected_lines(settings: Settings, file_id: int, *, clear: bool = False) -> list[queries.Row]:
    """Return the rejected records of a file with their lines, personal values masked unless `clear`."""
    contract, header = _header(settings, file_id)
    delimiter, columns = (header.delimiter, header.columns) if header else (None, ())
    rows = queries.raw_rejects(settings, file_id)
    for row in rows:
        if row["raw"] is None:
            continue  # erased, or past its retention
        raw = bytes(row["raw"])
        row["raw"] = masking.clear(raw) if clear else masking.masked(raw, contract, delimiter, columns)
    return rows


def write_rejected(settings: Settings, file_id: int, out: Path) -> tuple[int, int]:
    """Write the rejected lines of a file under its header; return how many, and how many are no longer kept in full.

    Raises:
        WrongUsage: `out` exists, nothing was rejected, or the header can no longer be read.
    """
    from satu.load.rejects import KEPT_RAW_BYTES

    _, header = _header(settings, file_id)
    file = queries.loaded_file(settings, file_id)
    if header is None and not file["file_name"].lower().endswith(".jsonl"):
        raise WrongUsage(
            f"the header of file {file_id} cannot be read: the landing place no longer has the loaded version at"
            f" {file['uri']}"
        )
    rows = queries.raw_rejects(settings, file_id)
    if not rows:
        raise WrongUsage(f"file {file_id} has no rejected records")
    whole = [bytes(row["raw"]) for row in rows if row["raw"] is not None and len(row["raw"]) < KEPT_RAW_BYTES]
    masking.write(out, whole, header.delimiter if header else None, header.columns if header else ())
    return len(whole), len(rows) - len(whole)


def _header(settings: Settings, file_id: int) -> "tuple[Contract, Header | None]":
    from satu.load.header import header_of

    file = queries.loaded_file(settings, file_id)
    contract = contracts_of(settings)[file["feed"]]
    return contract, header_of(contract, file["uri"], file["file_name"], (file["bytes"], file["modified"]))

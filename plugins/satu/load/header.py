"""Read the header of a loaded file again, for the export of its rejected lines."""

from satu.contracts import Contract
from satu.errors import BadInput
from satu.landing_place import open_file, stat
from satu.load.containers import members
from satu.load.formats.xlsx import text_of
from satu.load.records import Reading
from satu.load.rejects import Rejects
from satu.load.text import Header, Text


def header_of(contract: Contract, uri: str, file_name: str, version: tuple[int, str]) -> Header | None:
    """Return the header of a file's first member; none if the file is gone, has changed or has no header line."""
    if file_name.lower().endswith((".jsonl", ".parquet")):
        return None
    try:
        if stat(uri) != version:
            return None
        with open_file(uri) as stream, Rejects(0) as none:
            member = next(members(stream, file_name, version[0]))
            reading = Reading(frozenset(), none)
            with text_of(member, contract, reading) as text:
                return Text(text, contract).header
    except (OSError, BadInput):
        return None

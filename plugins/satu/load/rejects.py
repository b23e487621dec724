"""Rejected records of one file, kept on disk until COPY writes them to `ops.rejected_record`."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress

KEPT_RAW_BYTES = 1 << 16
_BLOCK = 1 << 20


class Rejects(ExitStack):
    """Collects rejected records in constant memory."""

    columns = ("file_id", "record_no", "line_no", "raw", "reason")

    def __init__(self, file_id: int) -> None:
        super().__init__()
        self.count = 0
        self.first = ""
        """Line and reason of the first one."""
        self._file_id = file_id
        # The file has no name: a killed process leaves no records on the disk.
        self._spool = tempfile.SpooledTemporaryFile(_BLOCK)  # noqa: SIM115 - closed with this object
        self.callback(self._close)

    def add(self, record_no: int, line_no: int, raw: bytes, reason: str) -> None:
        """Add one record with the first 64 KiB of its bytes; `reason` must not have a tab or a backslash."""
        self.count += 1
        self.first = self.first or f"line {line_no}: {reason}"
        kept = raw[:KEPT_RAW_BYTES].hex()
        self._spool.write(f"{self._file_id}\t{record_no}\t{line_no}\t\\\\x{kept}\t{reason}\n".encode())

    def blocks(self) -> Iterator[bytes]:
        """Yield the records in COPY's text format."""
        self._spool.seek(0)
        while block := self._spool.read(_BLOCK):
            yield block

    def _close(self) -> None:
        with suppress(OSError):  # on a full disk it still tries to write its buffer
            self._spool.close()

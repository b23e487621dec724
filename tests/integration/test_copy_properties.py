"""What COPY stores is what was written: the properties of the reading code once more, with the real server."""

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings

import generated_files
import generated_reading
from generated_files import Written
from generated_reading import Read
from support import Landing

pytestmark = pytest.mark.long

SLOTS = count()
SOME = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@SOME
@given(file=generated_files.files())
def test_what_copy_stores_is_what_was_written(landing: Landing, file: Written) -> None:
    stored = load(landing, file)
    if stored is None:
        assert all(row.damage for row in file.rows), "a file with a good record was refused"
    else:
        generated_reading.check(file, stored)


@SOME
@given(file=generated_files.mangled())
def test_mangled_bytes_are_refused_or_each_record_is_stored_or_quarantined(landing: Landing, file: Written) -> None:
    stored = load(landing, file)
    if stored is not None:
        generated_reading.check_numbers(stored)


def load(landing: Landing, file: Written) -> Read | None:
    """Load a file into a slot of its own; return what was stored, nothing if it was refused."""
    areas, days = divmod(next(SLOTS), 4000)  # from 2012 on no day is still to come
    period = str(date(2012, 1, 1) + timedelta(days=days))
    path = landing.drop(file.feed, file.name, file.content, period=period, area=str(3301 + areas))
    outcome = landing.load()
    path.unlink()
    if outcome != {"loaded": 1}:
        assert outcome == {"refused": 1}
        return None
    file_id, read = landing.query("select file_id, records_read from ops.file order by file_id desc limit 1")[0]
    columns = [column.name for column in file.contract.columns]
    listed = ", ".join(columns)
    rows = landing.query(
        f"select _record_no, {listed} from raw.{file.feed} where _file_id = %s order by _record_no", file_id
    )
    rejects = landing.query("select record_no, raw, reason from ops.rejected_record where file_id = %s", file_id)
    # An empty value and a missing one are the same to the staging models.
    loaded = [(number, {name: value or "" for name, value in zip(columns, row, strict=True)}) for number, *row in rows]
    return Read(read, loaded, rejects)

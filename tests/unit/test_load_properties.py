"""Whatever is written in whatever dialect, and whatever breaks: read = loaded + rejected, and good records stay.

`make soak-properties` holds the same over 10,000 other examples.
"""

from hypothesis import HealthCheck, given, settings

import written
from written import Written

SEVERAL = settings(
    max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@SEVERAL
@given(file=written.files(), block_size=written.BLOCK_SIZES)
def test_what_is_read_is_what_was_written(file: Written, block_size: int) -> None:
    written.hold_written(file, block_size)


@SEVERAL
@given(file=written.mangled(), block_size=written.BLOCK_SIZES)
def test_mangled_bytes_are_refused_or_each_record_is_loaded_or_rejected(file: Written, block_size: int) -> None:
    written.hold_mangled(file, block_size)

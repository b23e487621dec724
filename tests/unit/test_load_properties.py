"""Whatever is written in whatever dialect, and whatever breaks: read = loaded + rejected, and good records stay.

`make soak-properties` holds the same over 10,000 other examples.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import generated_files
import generated_reading
from generated_files import Written

pytestmark = pytest.mark.long

SEVERAL = settings(
    max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@SEVERAL
@given(file=generated_files.files(), block_size=generated_files.BLOCK_SIZES)
def test_what_is_read_is_what_was_written(file: Written, block_size: int) -> None:
    generated_reading.hold_written(file, block_size)


@SEVERAL
@given(file=generated_files.mangled(), block_size=generated_files.BLOCK_SIZES)
def test_mangled_bytes_are_refused_or_each_record_is_loaded_or_rejected(file: Written, block_size: int) -> None:
    generated_reading.hold_mangled(file, block_size)


NAMES = [column.name for column in generated_files.CONTRACTS["outreach"].columns]
VALUES = st.sampled_from(
    [None, "", " a ", "x,y", 'q"q', "é\u2028", "a\rb", "a\nb", "\\", "1e+5", "00", 0, -7, 2**53 + 1]
)
RARE = st.sampled_from([1.5, 3e20, 1.0, True, 10**25, [1], {"a": 1}, "\ud800", "a\x00b", "3.37E+15"])
LINES = st.sampled_from(["", " ", "5", "[]", "{", '{"a": 1} x', '{"\t": 1}', "nul", '{"a": 01}', "\ufeff{}"])


@SEVERAL
@given(
    objects=st.lists(st.dictionaries(st.sampled_from([*NAMES, NAMES[0].upper(), "extra"]), VALUES | VALUES | RARE)),
    ascii_only=st.booleans(),
    broken=st.lists(LINES, max_size=1),
)
def test_json_lines_are_the_same_records_alone_and_in_a_crowd(
    objects: list[dict[str, Any]], ascii_only: bool, broken: list[str]
) -> None:
    """The columnar reader takes a batch of good objects; one that needs a closer look changes nothing of the others."""
    if not ascii_only:
        objects = [{key: value for key, value in item.items() if value != "\ud800"} for item in objects]
    full = [dict.fromkeys(NAMES, "v") | item for item in objects]
    lines = [json.dumps(item, ensure_ascii=ascii_only) for item in [*full, *objects[:1]]] + broken
    crowd = _json("\n".join(lines))
    alone = [_json(line) for line in lines]
    assert [values for _, values in crowd.loaded] == [values for one in alone for _, values in one.loaded]
    assert crowd.read == sum(one.read for one in alone)
    assert len(crowd.rejected) == sum(len(one.rejected) for one in alone)


def _json(text: str) -> generated_reading.Read:
    return generated_reading.read(Written("outreach", "f.jsonl", text.encode(), tuple(NAMES), ()))

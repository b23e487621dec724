"""Hostile and broken JSON lines, each with the outcome that docs/traps.md states."""

import json
import resource

import pytest
from asn_files import GOOD, expect_loaded, expect_refused, json_lines, names

from support import Landing

OBJECT = json_lines(GOOD).decode()
NO_LINES = {
    "array": (f"[{OBJECT}, {OBJECT}]", "one array"),
    "array of lines": (f"[\n{OBJECT},\n{OBJECT}\n]", "one array"),
    "pretty": (json.dumps(json.loads(OBJECT), indent=1), "objects over several lines"),
    "no line ends": (OBJECT * 3, "several objects in one line"),
}


@pytest.mark.parametrize("form", NO_LINES)
def test_json_that_is_not_an_object_a_line_is_refused(landing: Landing, form: str) -> None:
    content, reason = NO_LINES[form]
    landing.drop("asn", "a.jsonl", content.encode())
    landing.load()
    expect_refused(landing, "a.jsonl", f"it holds {reason}; expected JSON lines")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_lines_with_commas_and_marks_are_read(landing: Landing, encoding: str) -> None:
    landing.drop("asn", "a.jsonl", f"{OBJECT},\n{OBJECT.replace('ANGGUN', 'AGÚS')}".encode(encoding))
    landing.load()
    assert names(landing) == ["ANGGUN VERA", "AGÚS VERA"]


def test_a_json_object_that_names_a_column_twice_is_quarantined_and_nan_is_missing(landing: Landing) -> None:
    lines = [
        *(OBJECT[:-1] + f', "{name}": ""' + "}" for name in ("nama", "NAMA")),
        OBJECT.replace('"SETDA"', "NaN"),
        OBJECT.replace('"3371"', "3371.0"),
        OBJECT.replace('"SETDA"', "Infinity"),
    ]
    landing.drop("asn", "a.jsonl", "\n".join(lines).encode())
    landing.load()
    expect_loaded(landing, "a.jsonl", 5, rejected=3)
    found = landing.query("select instansi, kode_kabkota from raw.asn order by _record_no")
    assert found == [(None, "3371"), ("SETDA", "3371")]
    twice = "names the column nama twice; expected each column once"
    reasons = landing.query("select reason from ops.rejected_record order by record_no")
    assert reasons == [(twice,), (twice,), ("holds Infinity, which is not a number",)]


def test_json_lines_of_ever_new_columns_take_no_memory(landing: Landing) -> None:
    good = json.loads(OBJECT)
    lines = [json.dumps(good | {f"k{number}_{more}": 1 for more in range(8)}) for number in range(3000)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    landing.drop("asn", "a.jsonl", "\n".join(lines).encode())
    landing.load()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 2**10
    assert expect_loaded(landing, "a.jsonl", 3000)["findings"] == "unknown columns not loaded: 1000 or more"

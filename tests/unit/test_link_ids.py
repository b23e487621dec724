"""Person ids from run to run."""

from collections.abc import Iterator

import duckdb
import pytest

from satu.link import ids

Assigned = tuple[list[int], list[tuple[int, int, str]], int]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            "create table record"
            " (r integer, feed text, file_id bigint, record_no bigint, record_key bigint, evidence_hash bigint)"
        )
        opened.execute("create table clustered (r integer, cluster integer, rule utinyint, probability double)")
        opened.execute(
            "create table previous (feed text, file_id bigint, record_no bigint, person_id bigint, record_key bigint)"
        )
        opened.execute("create table absent (record_key bigint, person_id bigint)")
        opened.execute("create table edge (a integer, b integer)")
        opened.execute("create table likely (a integer, b integer)")
        yield opened


def assign(
    connection: duckdb.DuckDBPyConnection,
    clusters: list[int],
    previous: list[int | None],
    last_id: int,
    previous_file: int = 1,
) -> Assigned:
    """Record r is in clusters[r] and had previous[r]; gives the ids by record, the changes and the highest id."""
    for record, (cluster, person_id) in enumerate(zip(clusters, previous, strict=True)):
        connection.execute("insert into record values ($1, 'registry', 1, $1, $1, 0)", [record])
        connection.execute("insert into clustered values (?, ?, null, null)", [record, cluster])
        if person_id is not None:
            row = [previous_file, record, person_id]
            connection.execute("insert into previous values ('registry', $1, $2, $3, $2)", row)
    last = ids.assign(connection, last_id, "run-1")
    found = connection.execute("select person_id from person_record order by record_no").fetchall()
    changes = connection.execute(
        "select person_id, new_person_id, change from person_id_change order by all"
    ).fetchall()
    return [row[0] for row in found], changes, last


def test_the_first_run_numbers_clusters_by_their_smallest_record(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 1, 0, 3], [None] * 4, 0) == ([1, 2, 1, 3], [], 3)


def test_unchanged_clusters_keep_their_ids(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 1, 0], [8, 3, 8], 9) == ([8, 3, 8], [], 9)


def test_new_records_join_or_get_ids_never_used_before(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 0, 2], [4, None, None], 9) == ([4, 4, 10], [], 10)


def test_a_merge_keeps_the_id_of_most_records(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 0, 0], [2, 5, 5], 9) == ([5, 5, 5], [(2, 5, "merge")], 9)


def test_a_merge_of_equals_keeps_the_smallest_id(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 0], [5, 2], 9) == ([2, 2], [(5, 2, "merge")], 9)


def test_a_split_leaves_the_id_with_most_records(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 1, 1], [4, 4, 4], 9) == ([10, 4, 4], [(4, 10, "split")], 10)


def test_a_record_that_moves_to_another_person_is_a_split(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 0, 2, 2], [1, 1, 1, 2], 9) == ([1, 1, 2, 2], [(1, 2, "split")], 9)


def test_a_record_in_a_file_that_corrects_its_file_keeps_its_id(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [0, 1], [4, 7], 9, previous_file=0) == ([4, 7], [], 9)


def test_the_last_id_stays_when_everything_is_gone(connection: duckdb.DuckDBPyConnection) -> None:
    assert assign(connection, [], [], 9) == ([], [], 9)


def test_people_who_were_held_against_each_other_are_remembered(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into edge values (0, 1), (1, 2)")
    connection.execute("insert into likely values (3, 0), (2, 1)")
    assign(connection, [0, 0, 2, 3], [None] * 4, 0)
    assert connection.execute("from link_apart order by all").fetchall() == [(1, 2), (1, 3)]

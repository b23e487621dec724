"""From pairs to people: what belongs together, and what one return keeps apart."""

from collections.abc import Iterator

import duckdb
import pytest

from satu.link import clusters

Edge = tuple[int, int, int, float]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create table record (r integer, return_no integer, line_no integer)")
        opened.execute("create table apart (r integer, return_no integer, line_no integer)")
        opened.execute("create table edge (a integer, b integer, rule utinyint, probability double)")
        yield opened


def clustered(
    connection: duckdb.DuckDBPyConnection, lines: list[tuple[int | None, int | None]], edges: list[Edge]
) -> list[int]:
    for record, (return_no, line_no) in enumerate(lines):
        connection.execute("insert into record values (?, ?, ?)", [record, return_no, line_no])
    for edge in edges:
        connection.execute("insert into edge values (?, ?, ?, ?)", list(edge))
    clusters.cluster(connection)
    return [row[0] for row in connection.execute("select cluster from clustered order by r").fetchall()]


def test_chains_become_one_cluster_named_by_its_smallest_record(connection: duckdb.DuckDBPyConnection) -> None:
    edges: list[Edge] = [(3, 4, 0, 1.0), (1, 3, 1, 1.0)]
    assert clustered(connection, [(None, None)] * 5, edges) == [0, 1, 2, 1, 1]


def test_a_return_holds_a_person_once_and_the_stronger_pair_wins(connection: duckdb.DuckDBPyConnection) -> None:
    lines: list[tuple[int | None, int | None]] = [(None, None), (7, 1), (7, 2)]
    assert clustered(connection, lines, [(0, 1, 2, 0.99), (0, 2, 1, 0.99)]) == [0, 1, 0]


def test_a_likelier_pair_of_one_rule_goes_first(connection: duckdb.DuckDBPyConnection) -> None:
    lines: list[tuple[int | None, int | None]] = [(None, None), (7, 1), (7, 2)]
    assert clustered(connection, lines, [(0, 1, 4, 0.97), (0, 2, 4, 0.98)]) == [0, 1, 0]


def test_the_same_line_sent_twice_is_no_contradiction(connection: duckdb.DuckDBPyConnection) -> None:
    assert clustered(connection, [(7, 1), (7, 1)], [(0, 1, 0, 1.0)]) == [0, 0]


def test_two_lines_of_a_return_stay_apart_through_a_chain(connection: duckdb.DuckDBPyConnection) -> None:
    lines: list[tuple[int | None, int | None]] = [(7, 1), (None, None), (None, None), (7, 2)]
    edges: list[Edge] = [(0, 1, 0, 1.0), (1, 2, 2, 1.0), (2, 3, 1, 1.0)]
    assert clustered(connection, lines, edges) == [0, 0, 2, 2]


def test_a_record_names_the_strongest_pair_that_holds_it(connection: duckdb.DuckDBPyConnection) -> None:
    clustered(connection, [(None, None)] * 4, [(0, 1, 2, 0.9), (0, 2, 1, 0.8), (1, 2, 2, 0.95)])
    rows = connection.execute("select rule, probability from clustered order by r").fetchall()
    assert rows == [(1, 0.8), (2, 0.95), (1, 0.8), (None, None)]


def test_nothing_to_link(connection: duckdb.DuckDBPyConnection) -> None:
    assert clustered(connection, [], []) == []


def test_two_records_that_a_person_told_apart_stay_apart_through_a_chain(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into apart values (0, -1, 0), (2, -1, 1)")
    edges: list[Edge] = [(0, 1, 0, 1.0), (1, 2, 1, 1.0)]
    assert clustered(connection, [(7, 1), (None, None), (None, None)], edges) == [0, 0, 2]

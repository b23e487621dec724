"""Releases on a real server: one current, never half of one, nothing left behind, nothing readable around the views."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
from publishing import candidate_says, delivered, next_release, passed

from satu import warehouse
from satu.errors import Blocked, BuildFailed, RetryableError, WrongUsage
from satu.release import is_built_from_now, is_released, locks, publish, releases, rollback
from satu.release import publishing as stage
from satu.settings import Settings
from support import rows

COUNTED = "select counted_person_count from published.coverage_by_area where area_level = 'regency'"


def test_a_release_is_what_analysts_read(candidate: Settings) -> None:
    made = publish(candidate, "r1")
    assert made.is_new
    assert made.release_id.endswith(".1")
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(100,)]
    info = rows(candidate, warehouse.ANALYST, "select release_id, area_code, approved_by from published.release_info")
    assert info == [(made.release_id, "3371", "gate")]
    assert [(r.release_id, r.status, r.residents_counted) for r in releases(candidate)] == [
        (made.release_id, "current", 2)
    ]


def test_the_same_inputs_make_no_new_release(candidate: Settings) -> None:
    first = publish(candidate, "r1")
    passed(candidate, "r2")
    assert publish(candidate, "r2") == stage.ReleaseResult(first.release_id, is_new=False)


def test_other_inputs_retire_the_release_and_a_rollback_brings_it_back(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    second = next_release(candidate, "r2", 200)
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(200,)]
    rollback(candidate, first)
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(100,)]
    assert {r.release_id: r.status for r in releases(candidate)} == {first: "current", second: "retired"}


def test_what_was_rolled_back_is_not_released_again_by_the_same_inputs(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    next_release(candidate, "r2", 200)
    rollback(candidate, first)
    assert publish(candidate, "r2") == stage.ReleaseResult(first, is_new=False)


def test_inputs_that_came_back_are_released_again(candidate: Settings) -> None:
    publish(candidate, "r1")
    next_release(candidate, "r2", 200)
    candidate_says(candidate, 100)
    with warehouse.connect(candidate, warehouse.LOADER) as connection:
        connection.execute("update ops.file set status = 'superseded'")
    passed(candidate, "r3")
    assert publish(candidate, "r3").is_new
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(100,)]


def test_files_that_came_after_the_run_are_news(candidate: Settings) -> None:
    delivered(candidate, "late")
    publish(candidate, "r1")
    assert not is_released(candidate)
    passed(candidate, "r2")
    assert publish(candidate, "r2").is_new
    assert is_released(candidate)
    assert not is_released(candidate, date(2020, 9, 30))


def test_a_clerical_decision_is_news(candidate: Settings) -> None:
    """After the last file of a campaign nothing else would bring it into the figures."""
    publish(candidate, "r1")
    assert is_released(candidate)
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute(
            "insert into population.link_decision (record_key, other_record_key, decision, decided_by, reason)"
            " values (1, 2, 'same', 'Sari', 'same family card')"
        )
    assert not is_released(candidate)
    passed(candidate, "r2")
    assert publish(candidate, "r2").is_new
    assert is_released(candidate)


def test_a_run_is_built_anew_when_files_or_rules_changed(candidate: Settings) -> None:
    assert is_built_from_now(candidate, "r1")
    with warehouse.connect(candidate, warehouse.PUBLISHER) as connection:
        connection.execute("update ops.run set rules = 'others'")
    assert not is_built_from_now(candidate, "r1")
    passed(candidate, "r2")
    assert is_built_from_now(candidate, "r2")
    delivered(candidate, "later")
    assert not is_built_from_now(candidate, "r2")


def test_a_release_of_former_rules_is_not_that_of_today(candidate: Settings) -> None:
    with warehouse.connect(candidate, warehouse.PUBLISHER) as connection:
        connection.execute("update ops.run set rules = 'others'")
    publish(candidate, "r1")
    assert not is_released(candidate)


def test_a_rollback_to_nowhere_names_the_releases(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    with pytest.raises(WrongUsage, match=first):
        rollback(candidate, "2001-01-01.1")


@pytest.mark.parametrize(
    "query",
    [
        "select * from released.coverage_by_area",
        "select * from ops.release_pointer",
        "select * from candidate.coverage_by_area",
        "update ops.release_pointer set release_id = 'x'",
    ],
)
def test_analysts_reach_nothing_but_the_views(candidate: Settings, query: str) -> None:
    publish(candidate, "r1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(candidate, warehouse.ANALYST, query)


def test_analysts_do_not_reach_a_partition(candidate: Settings) -> None:
    publish(candidate, "r1")
    found = rows(candidate, warehouse.PUBLISHER, "select relname from pg_class where relispartition and relkind = 'r'")
    assert found
    for (name,) in found:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(candidate, warehouse.ANALYST, f'select * from released."{name}"')


def test_a_killed_release_leaves_nothing_for_the_next_release(
    candidate: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(candidate, "r1").release_id
    monkeypatch.setattr(stage, "_publish", _killed)
    with pytest.raises(KeyboardInterrupt):
        next_release(candidate, "r2", 200)
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(100,)]
    assert [r.release_id for r in releases(candidate)] == [first]
    monkeypatch.undo()
    again = publish(candidate, "r2")
    assert again.is_new
    assert [r.release_id for r in releases(candidate)] == [again.release_id, first]
    alone = "select relname from pg_class where relnamespace = 'released'::regnamespace and relkind = 'r'"
    assert rows(candidate, warehouse.PUBLISHER, f"{alone} and not relispartition") == []
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(200,)]


def test_a_release_that_fails_in_its_last_step_changes_nothing(
    candidate: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(candidate, "r1").release_id
    monkeypatch.setattr(stage, "_point_to", _killed)
    with pytest.raises(KeyboardInterrupt):
        next_release(candidate, "r2", 200)
    assert [(r.release_id, r.status) for r in releases(candidate)] == [(first, "current")]
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(100,)]


def test_a_new_column_is_published_and_older_releases_leave_it_empty(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("alter table candidate.coverage_by_area add column clean_count integer default 5")
    next_release(candidate, "r2", 200)
    query = "select distinct clean_count from published.coverage_by_area"
    assert rows(candidate, warehouse.ANALYST, query) == [(5,)]
    rollback(candidate, first)
    assert rows(candidate, warehouse.ANALYST, query) == [(None,)]


def test_a_column_that_changes_its_type_is_refused_by_name(candidate: Settings) -> None:
    publish(candidate, "r1")
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("alter table candidate.coverage_by_area alter column counted_person_count type text")
    delivered(candidate, "r2")
    passed(candidate, "r2")
    with pytest.raises(BuildFailed, match="counted_person_count"):
        publish(candidate, "r2")


def test_no_release_without_a_passed_gate(candidate: Settings) -> None:
    with pytest.raises(Blocked, match="verdict is not there"):
        publish(candidate, "never-checked")
    with warehouse.connect(candidate, warehouse.PUBLISHER) as connection:
        connection.execute("update ops.check_result set success = null")
    with pytest.raises(Blocked, match="1 critical"):
        publish(candidate, "r1")
    assert releases(candidate) == []


def test_two_releases_at_once_make_one(candidate: Settings) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda run: publish(candidate, run), ["r1", "r1"]))
    assert sorted(result.is_new for result in made) == [False, True]
    assert len({result.release_id for result in made}) == 1


def test_an_open_reader_neither_waits_nor_sees_two_releases(candidate: Settings) -> None:
    publish(candidate, "r1")
    with psycopg.connect(warehouse.admin_url(candidate)) as reader:
        reader.execute("set role satu_analyst")
        reader.execute("set transaction isolation level repeatable read")
        assert reader.execute(COUNTED).fetchall() == [(100,)]
        next_release(candidate, "r2", 200)
        assert reader.execute(COUNTED).fetchall() == [(100,)]
    assert rows(candidate, warehouse.ANALYST, COUNTED) == [(200,)]


@pytest.mark.parametrize("prepare", [False, True])
def test_an_open_transaction_goes_on_with_the_release_that_it_began_with(candidate: Settings, prepare: bool) -> None:
    """Its plans may be from before the attachment: a release that was made since would have no rows for them."""
    publish(candidate, "r1")
    with psycopg.connect(warehouse.admin_url(candidate)) as reader:
        reader.execute("set role satu_analyst")
        assert [reader.execute(COUNTED, prepare=prepare).fetchall() for _ in range(8)] == [[(100,)]] * 8
        next_release(candidate, "r2", 200)
        next_release(candidate, "r3", 300)
        assert reader.execute(COUNTED, prepare=prepare).fetchall() == [(100,)]
        reader.commit()
        assert reader.execute(COUNTED, prepare=prepare).fetchall() == [(300,)]


def test_a_long_query_holds_up_neither_a_new_column_nor_the_readers_behind_it(
    candidate: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change of the table gives its place in the queue up; when it cannot be made, nothing is published."""
    monkeypatch.setattr(locks, "PATIENCE_S", 0.5)
    first = publish(candidate, "r1").release_id
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("alter table candidate.coverage_by_area add column clean_count integer default 5")
    with psycopg.connect(warehouse.admin_url(candidate)) as reader:
        reader.execute("set role satu_analyst")
        reader.execute(COUNTED)
        with pytest.raises(RetryableError, match="readers kept"):
            next_release(candidate, "r2", 200)
        assert rows(candidate, warehouse.ANALYST, COUNTED) == [(100,)]
    assert [made.release_id for made in releases(candidate)] == [first]
    assert publish(candidate, "r2").is_new
    assert rows(candidate, warehouse.ANALYST, "select distinct clean_count from published.coverage_by_area") == [(5,)]


def test_no_statement_mixes_releases_while_they_change(candidate: Settings) -> None:
    publish(candidate, "r1")
    torn: list[object] = []
    stop = threading.Event()
    reader = threading.Thread(target=_watch, args=(candidate, stop, torn.append))
    reader.start()
    for number in range(2, 5):
        next_release(candidate, f"r{number}", number)
    stop.set()
    reader.join()
    assert torn == []


def _watch(settings: Settings, stop: threading.Event, report: Callable[[object], None]) -> None:
    figures = "count(*), count(distinct counted_person_count), count(distinct release_id)"
    query = f"select {figures} from published.coverage_by_area"
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        connection.execute("set role satu_analyst")
        while not stop.is_set():
            found = connection.execute(query).fetchall()
            if found != [(2, 1, 1)]:
                report(found)


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt

"""Old releases go and leave their manifests; what somebody needs stays; what was broken off is finished."""

import threading

import psycopg
import pytest
from publishing import next_release

from satu import warehouse
from satu.errors import RetryableError, WrongUsage
from satu.export import export_release
from satu.release import diff, keep, let_go, manifest_of, prune, publish, releases, retention, rollback
from satu.settings import Settings
from support import rows

TABLES = "select relname from pg_class where relnamespace = 'released'::regnamespace and relkind = 'r' order by relname"
COUNTED = "select counted_person_count from published.coverage_by_area where area_level = 'regency'"


@pytest.fixture
def three(candidate: Settings) -> tuple[Settings, list[str]]:
    """Three releases, of which the policy keeps one."""
    made = [publish(candidate, "r1").release_id]
    made += [next_release(candidate, f"r{number}", number * 100) for number in (2, 3)]
    return candidate.model_copy(update={"keep_releases": 1}), made


def kept(settings: Settings) -> list[str]:
    """The releases that the ledger calls kept, which must be those that have tables, oldest first."""
    found = [made.release_id for made in reversed(releases(settings)) if made.dropped_at is None]
    suffixes = {name.partition("__")[2] for (name,) in rows(settings, warehouse.PUBLISHER, TABLES)}
    assert suffixes == {release_id.replace("-", "_").replace(".", "_") for release_id in found}
    return found


def test_old_releases_lose_tables_and_folders_and_keep_their_manifests(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    folders = [export_release(settings, release_id) for release_id in made]
    assert prune(settings) == made[:2]
    assert kept(settings) == made[2:]
    assert [folder.exists() for folder in folders] == [False, False, True]
    assert sorted(path.name for path in settings.releases_dir.iterdir()) == made[2:]
    assert manifest_of(settings, made[0])["release_id"] == made[0]
    assert rows(settings, warehouse.ANALYST, COUNTED) == [(300,)]
    assert prune(settings) == []


def test_the_release_that_a_person_approved_last_stays(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    accepted = "select release_id, is_approved from ops.accepted_release"
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        assert connection.execute(accepted).fetchall() == [(made[0], False)]
        connection.execute("update ops.release set approved_by = 'Wati' where release_id = any(%s)", (made[:2],))
        assert connection.execute(accepted).fetchall() == [(made[1], True)]
    assert prune(settings) == made[:1]
    assert kept(settings) == made[1:]


def test_the_folder_of_another_warehouse_stays(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    theirs = settings.releases_dir / made[0]
    theirs.mkdir(parents=True)
    (theirs / "manifest.json").write_text(f'{{"release_id": "{made[0]}", "run_id": "of another"}}')
    assert prune(settings) == made[:2]
    assert theirs.exists()


def test_what_is_gone_says_so(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    prune(settings)
    with pytest.raises(WrongUsage, match="were dropped on"):
        rollback(settings, made[0])
    with pytest.raises(WrongUsage, match="were dropped on"):
        export_release(settings, made[0])
    with pytest.raises(WrongUsage, match="has no tables"):
        diff(settings, made[0], made[2])
    with pytest.raises(WrongUsage, match="has tables to be kept"):
        keep(settings, made[0], "Wati", "too late")


def test_the_current_release_stays_however_old_it_is(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    rollback(settings, made[0])
    assert prune(settings) == [made[1]]
    assert kept(settings) == [made[0], made[2]]


def test_a_marked_release_stays_until_the_mark_is_taken_off(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    keep(settings, made[0], "Wati", "cited in the yearbook")
    assert prune(settings) == [made[1]]
    assert [(one.kept_by, one.kept_reason) for one in releases(settings)][-1] == ("Wati", "cited in the yearbook")
    let_go(settings, made[0])
    assert prune(settings) == [made[0]]


def test_a_mark_needs_a_name_and_a_reason(three: tuple[Settings, list[str]]) -> None:
    with pytest.raises(WrongUsage, match="needs a name and a reason"):
        keep(three[0], three[1][0], "Wati", " ")


def test_a_release_that_a_login_pins_for_good_stays(three: tuple[Settings, list[str]]) -> None:
    settings, made = three
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        connection.execute("create role ana login in role satu_analyst")
        connection.execute(f"alter role ana set satu.release_id = '{made[0]}'".encode())
        assert prune(settings) == [made[1]]
        connection.execute("alter role ana reset satu.release_id")
        assert prune(settings) == [made[0]]


def test_who_may_still_read_it_is_waited_for(
    three: tuple[Settings, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot from before would still be shown the old release, and must find its rows."""
    settings, made = three
    monkeypatch.setattr(retention, "OLDER_PATIENCE_S", 0.5)
    with psycopg.connect(warehouse.admin_url(settings)) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("set role satu_analyst")
        reader.execute("select count(*) from published.reconciliation")
        reader.execute(f"set satu.release_id = '{made[0]}'".encode())
        with pytest.raises(RetryableError, match="the next run drops the tables"):
            prune(settings)
        assert reader.execute(COUNTED).fetchall() == [(100,)]
    assert prune(settings) == made[:2]
    assert kept(settings) == made[2:]


def test_a_release_does_not_drop_what_a_killed_drop_still_waited_for(
    three: tuple[Settings, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, made = three
    with psycopg.connect(warehouse.admin_url(settings)) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("set role satu_analyst")
        reader.execute("select count(*) from published.reconciliation")
        reader.execute(f"set satu.release_id = '{made[0]}'".encode())
        with monkeypatch.context() as patched:
            patched.setattr(retention, "wait_for_older", _killed)
            with pytest.raises(KeyboardInterrupt):
                prune(settings)
        next_release(settings, "r4", 400)
        assert reader.execute(COUNTED).fetchall() == [(100,)]


def test_a_detachment_that_was_broken_off_is_finished(three: tuple[Settings, list[str]]) -> None:
    """Its first half is committed; ending the backend while it waits for readers leaves the partition pending."""
    settings, made = three
    half = "select count(*) from pg_inherits where inhdetachpending"
    waits = "select pid from pg_stat_activity where query like '%detach%concurrently' and wait_event_type = 'Lock'"
    name = f"coverage_by_area__{made[0].replace('-', '_').replace('.', '_')}"
    statement = f'alter table released.coverage_by_area detach partition released."{name}" concurrently'

    def detach() -> None:
        with (
            pytest.raises(psycopg.errors.AdminShutdown),
            psycopg.connect(warehouse.admin_url(settings), autocommit=True) as killed,
        ):
            killed.execute(statement.encode())

    with psycopg.connect(warehouse.admin_url(settings)) as reader:
        reader.execute("set role satu_analyst")
        reader.execute(COUNTED)
        thread = threading.Thread(target=detach)
        thread.start()
        with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as admin:
            while not (found := admin.execute(waits).fetchall()):
                pass
            admin.execute("select pg_terminate_backend(%s)", found[0])
            thread.join()
            assert admin.execute(half).fetchall() == [(1,)]
    assert prune(settings) == made[:2]
    assert rows(settings, warehouse.PUBLISHER, half) == [(0,)]
    assert kept(settings) == made[2:]


@pytest.mark.parametrize("step", ["wait_for_older", "drop", "_remove_folder"])
def test_a_killed_drop_is_finished_by_the_next(
    three: tuple[Settings, list[str]], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    settings, made = three
    folder = export_release(settings, made[0])
    monkeypatch.setattr(retention, step, _killed)
    with pytest.raises(KeyboardInterrupt):
        prune(settings)
    monkeypatch.undo()
    assert set(prune(settings)) >= {made[0]}
    assert kept(settings) == made[2:]
    assert not folder.exists()
    assert rows(settings, warehouse.ANALYST, COUNTED) == [(300,)]


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt

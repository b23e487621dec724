"""One person's way: planted in every feed, found nowhere but where records belong, and then erased from all of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

import planting
from satu import pipeline, settings, warehouse
from satu.errors import Blocked, BuildFailed, RetryableError, WrongUsage
from satu.ledger import queries
from satu.pipeline import approval
from satu.pipeline.outcome import Stage
from satu.privacy import erasure, erasure_deletes
from satu.privacy.erasure import Request
from satu.settings import Settings
from satu.simulate import simulate

pytestmark = pytest.mark.long

FAILING = """
owner: tests
assets:
  person: {query: select count(*) as people from population.person}
checks:
  - name: planted.nobody_is_counted
    asset: person
    measure: people
    threshold: {max: 0}
    severity: warning
    rationale: It must fail.
"""
# Where records of people belong; whoever is in any other table got there by mistake.
RECORDS = ("raw", "staging", "population", "ops.rejected_record", "pg_catalog.pg_statistic")


@pytest.fixture(scope="module")
def city(home: Path) -> Iterator[Settings]:
    """A released warehouse with the planted person, after a model and a check that failed, and refused files."""
    made = simulate(home / "planted-drop", scale=0.01)
    given = settings.load(home=home / "planted-home", landing_url=str(made.landing))
    given.home.mkdir(mode=0o711)
    planting.plant(made.landing)
    # A version that a later file replaces: raw keeps it, and nothing downstream knows it.
    _, header, record = planting.FEEDS["verification"]
    planting.write(made.landing, "verification", "planted.csv", f"{header}\n{record}\n")
    try:
        pipeline.run(given, Stage.LOAD)
        planting.plant(made.landing)
        broken = project(given, home / "planted-project")
        model = broken.project_dir / "dbt_project" / "models" / "staging" / "stg_registry.sql"
        whole = model.read_text()
        model.write_text(f"select *, cast(name as bigint) as broken from ({whole}) as records")
        with pytest.raises(BuildFailed, match="stg_registry"):
            pipeline.run(broken)
        model.write_text(whole)
        (broken.project_dir / "expectations" / "population" / "planted.yaml").write_text(FAILING)
        with pytest.raises(Blocked, match="warnings"):
            pipeline.run(broken)
        run = queries.newest_run(given)
        assert run is not None
        assert queries.checks(given, run["run_id"], failed=True)
        approval.approve(broken, run["run_id"], "tests", "the check is planted")
        yield given
    finally:
        warehouse.stop(given)


def project(given: Settings, target: Path) -> Settings:
    for part in ("contracts", "dbt_project", "expectations", "governance"):
        shutil.copytree(given.project_dir / part, target / part)
    return given.model_copy(update={"project_dir": target})


def test_the_person_came_through_every_feed(city: Settings) -> None:
    found = planting.tables_with(city)
    assert {f"raw.{feed}" for feed in planting.FEEDS} <= set(found)
    assert found["raw.verification"] == 2
    assert found["ops.rejected_record"] == len(planting.FEEDS)
    refused = planting.answer(
        city, "select count(*) from ops.file where status = 'refused' and file_name ~ '^planted_refused'"
    )
    assert refused == [(len(planting.FEEDS),)]
    assert len(planting.planted_person(city)) == 1


def test_records_of_people_are_where_they_belong_and_nowhere_else(city: Settings) -> None:
    assert {name for name in planting.tables_with(city) if not name.startswith(RECORDS)} == set()


def test_no_file_that_is_made_holds_a_value_of_the_person(city: Settings) -> None:
    made = (city.logs_dir, city.home / "dbt", city.releases_dir)
    assert all(any(folder.rglob("*.*")) for folder in made)
    assert planting.found_in_files(*made) == {}


def test_a_value_of_the_person_would_be_found(city: Settings, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"row of {planting.NAME.title()} failed")
    assert planting.found_in_files(tmp_path)
    assert planting.found_in_files(Path(city.landing_url))


def test_what_commands_say_masks_the_person_until_asked(city: Settings) -> None:
    row = planting.answer(
        city, "select file_id from ops.file where file_name = 'planted.csv' and feed = 'asn' and status = 'loaded'"
    )
    file_id = str(row[0][0])
    assert planting.found_in(satu(city, "rejects", file_id, "--raw")) == []
    assert satu(city, "access", "history", "--table", "ops.rejected_record") == "[]\n"
    assert planting.found_in(satu(city, "rejects", file_id, "--clear")) != []
    noted = json.loads(satu(city, "access", "history", "--table", "ops.rejected_record"))
    assert [(row["login"], row["command"]) for row in noted] == [("satu_pipeline", "satu rejects --clear")]


def satu(given: Settings, *arguments: str, stdin: str | None = None) -> str:
    command = [sys.executable, "-c", "from satu.cli.main import main; main()", *arguments, "--json"]
    environment = {"SATU_HOME": str(given.home), "SATU_LANDING_URL": given.landing_url, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=True, cwd="/")
    return done.stdout


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (Request("", "asked", planting.NIK), "needs a name and a reason"),
        (Request("A", "asked", "12"), "not a NIK"),
        (Request("A", f"{planting.NIK} asked", planting.NIK), "has a long number"),
        (Request("A", "asked", "9" * 16), "no records of that person"),
        (Request("A", "asked", None, 10**9), "no person 1000000000"),
    ],
)
def test_a_request_that_does_not_fit_erases_nothing(city: Settings, request_: Request, says: str) -> None:
    before = planting.tables_of_ours(city)
    with pytest.raises(WrongUsage, match=says) as told:
        pipeline.forget(city, request_)
    assert not planting.found_in(str(told.value))
    assert planting.tables_of_ours(city) == before


def test_a_number_of_two_people_says_which_of_them(city: Settings) -> None:
    shared = planting.answer(
        city,
        "select nik from staging.person_evidence join population.person_record using (feed, file_id, record_no)"
        " where nik is not null group by 1 having count(distinct person_id) > 1 limit 1",
    )
    assert shared
    with pytest.raises(WrongUsage, match="choose one with --person"):
        pipeline.forget(city, Request("A", "asked", str(shared[0][0])))


def test_a_table_that_no_model_speaks_of_stops_the_erasure(city: Settings) -> None:
    before = planting.tables_of_ours(city)
    with warehouse.connect(city, warehouse.TRANSFORMER, autocommit=True) as connection:
        connection.execute(
            "create table population.left_behind as select person_id as other_person_id from population.person"
        )
        try:
            with pytest.raises(BuildFailed, match=r"nothing was erased: population\.left_behind has other_person_id"):
                pipeline.forget(city, Request("A", "asked", planting.NIK))
        finally:
            connection.execute("drop table population.left_behind")
    assert planting.tables_of_ours(city) == before


class Killed(BaseException):
    """Ends the process where it stands, as far as the code can tell."""


def test_a_person_is_erased_everywhere_and_stays_so(city: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    named = f"kk_{planting.NIK}.csv"  # as an earlier version kept the name of a file
    with psycopg.connect(warehouse.admin_url(city)) as connection:
        connection.execute(
            "insert into ops.file (feed, uri, file_name, sha256, bytes, modified, status, reason, findings)"
            " values (%(name)s, '/gone/' || %(name)s, %(name)s, '', 0, '', 'refused', %(name)s, %(name)s)",
            {"name": named},
        )
    with psycopg.connect(warehouse.admin_url(city)) as connection:  # a release that was killed before it was attached
        connection.execute("set role satu_publisher")
        connection.execute("create table released.microdata_person__left as table released.microdata_person")
        connection.execute("alter table released.microdata_person__left enable row level security")
        connection.execute("reset role")
        connection.execute("analyze ops.rejected_record, ops.file")
    before = planting.tables_of_ours(city)
    people = planting.answer(city, "select count(*) from population.person")
    records = planting.answer(city, "select sum(records_read) from ops.file")
    published = planting.answer(city, "select * from published.coverage_by_area order by area_code")
    assert planting.answer(city, "select count(*) from released.microdata_person") != [(0,)]

    with monkeypatch.context() as patched:  # killed before the transaction ends: nothing has happened

        def kill(*_: object) -> None:
            raise Killed

        patched.setattr(erasure_deletes, "bar", kill)
        with pytest.raises(Killed):
            pipeline.forget(city, Request("Custodian", "letter 12", planting.NIK))
    assert planting.tables_of_ours(city) == before

    with monkeypatch.context() as patched:  # killed after it: the samples of the planner are still there

        def break_off(*_: object) -> None:
            raise RetryableError("broken off")

        patched.setattr(erasure_deletes, "clear", break_off)
        with pytest.raises(RetryableError):
            pipeline.forget(city, Request("Custodian", "letter 12", planting.NIK))
    assert set(planting.tables_with(city)) == {"pg_catalog.pg_statistic"}
    assert planting.answer(city, "select count(*) from ops.erasure where finished_at is null") == [(1,)]

    receipt = satu(city, "forget", "--by", "Custodian", "--reason", "again", "--nik-file", "-", stdin=planting.NIK)
    told = json.loads(receipt)
    assert planting.tables_with(city) == {}
    assert planting.answer(city, "select count(*) from ops.erasure where finished_at is null") == [(0,)]
    assert planting.found_in(receipt) == []
    assert told["reason"] == "letter 12"
    assert {f"raw.{feed}" for feed in planting.FEEDS} <= set(told["erased_rows"])
    assert told["erased_rows"]["raw.verification"] == 2
    assert told["erased_rows"]["released.microdata_person"] == 1
    assert told["erased_rows"]["released.microdata_person__left"] == 1
    assert told["erased_rows"]["ops.rejected_record"] == len(planting.FEEDS)
    assert told["erased_rows"]["ops.file"] == 1
    assert planting.answer(city, "select uri, file_name from ops.file where uri ~ '^/gone/'") == [
        ("/gone/kk_….csv", "kk_….csv")
    ]

    # The landing place is not Satu's: the receipt says which records are still there, and in which files.
    listed = {row["file_id"]: row["record_nos"] for row in told["landing_files"]}
    planted = planting.answer(
        city, "select file_id, feed, superseded_by is not null from ops.file where file_name = 'planted.csv'"
    )
    assert listed == {file_id: [1] if gone and feed == "verification" else [1, 2] for file_id, feed, gone in planted}
    assert set(told["refused_files"]) >= {
        row[0] for row in planting.answer(city, "select file_id from ops.file where file_name = 'planted_refused.csv'")
    }

    assert planting.answer(
        city, "select count(*) from ops.file where records_read <> records_loaded + records_rejected"
    ) == [(0,)]
    assert planting.answer(city, "select sum(records_read) from ops.file") == records
    assert planting.answer(city, "select count(*) from population.person") == [(int(str(people[0][0])) - 1,)]
    assert planting.answer(city, "select * from published.coverage_by_area order by area_code") == published
    assert planting.found_in_files(city.logs_dir, city.home / "dbt", city.releases_dir) == {}
    log = warehouse.server_log(city)
    assert log is not None
    assert planting.found_in(log.read_text(errors="replace")) == []


def test_a_later_delivery_does_not_bring_the_person_back(city: Settings) -> None:
    """Runs after the erasure above, on the same warehouse, or erases by itself."""
    if planting.tables_with(city):
        pipeline.forget(city, Request("Custodian", "letter 12", planting.NIK))
    for feed, (_, header, record) in planting.FEEDS.items():
        without_number = record.replace(planting.NIK, "") if feed == "verification" else record
        text = f"{header}\n{without_number}\n{record},one field more\n"
        planting.write(Path(city.landing_url), feed, "planted_again.csv", text)
    done = pipeline.run(city, Stage.LINK)
    assert done.files == {"loaded": len(planting.FEEDS)}
    assert planting.tables_with(city) == {}
    again = planting.answer(
        city,
        "select distinct records_read, records_loaded, records_rejected from ops.file"
        " where file_name = 'planted_again.csv'",
    )
    assert again == [(2, 0, 2)]
    reasons = planting.answer(
        city,
        "select r.reason, r.raw is null, count(*) from ops.rejected_record as r join ops.file using (file_id)"
        " where file_name = 'planted_again.csv' group by 1, 2",
    )
    assert reasons == [("erased at the person's request", True, 2 * len(planting.FEEDS))]


def test_the_request_shows_no_number() -> None:
    assert planting.NIK not in repr(replace(Request("A", "asked", planting.NIK)))
    assert erasure.Erased(1, "{}").as_dict() == {"erasure_id": 1}


def test_a_person_is_erased_by_number_too(city: Settings) -> None:
    someone = int(str(planting.answer(city, "select max(person_id) from population.person where is_counted")[0][0]))
    done = pipeline.forget(city, Request("Custodian", "letter 13", None, someone)).as_dict()
    assert done["erased_rows"]["population.person"] == 1
    for table, column in planting.answer(
        city,
        "select format('%I.%I', table_schema, table_name), column_name from information_schema.columns"
        " where table_schema in ('staging', 'population', 'coverage', 'field') and column_name ~ '(^|_)person_id$'",
    ):
        assert planting.answer(city, f"select from {table} where {column} = {someone}") == [], table
    assert planting.answer(city, f"select from field.work_list where task_id = 'person {someone}'") == []
    with pytest.raises(WrongUsage, match="no person"):
        pipeline.forget(city, Request("Custodian", "letter 13", None, someone))

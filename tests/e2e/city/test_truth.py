"""From a simulated drop to the published tables, held against the simulator's truth; and a gate that really blocks."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from satu import pipeline
from satu.bench.edit_households import compare
from satu.bench.linkage_quality import evaluate
from satu.errors import Blocked, BuildFailed
from satu.gate import judge
from satu.pipeline.outcome import Stage
from satu.settings import Settings
from support import Published

URI = "feed || '/area=' || area_code || '/period=' || period || '/' || file_name"


def test_residents_are_counted_as_they_are(published: Published) -> None:
    truth = json.loads((published.truth / "summary.json").read_text())
    [(counted,)] = published.rows("select count(*) from population.person where is_counted")
    assert counted == pytest.approx(truth["residents"], rel=0.01)
    by_village = dict(
        published.rows("select village_code, count(*) from population.person where is_counted group by 1")
    )
    expected = truth["residents_by_kelurahan"]
    assert by_village.keys() == expected.keys()
    assert sum(abs(by_village[code] - expected[code]) for code in expected) <= 0.02 * truth["residents"]


def test_records_meet_their_person(published: Published) -> None:
    found = evaluate(published.settings, published.truth)
    assert found.f1 >= 0.985


def test_households_are_who_lives_together(published: Published) -> None:
    said, true, right = compare(published.settings, published.truth)
    assert said == pytest.approx(right, rel=0.001)
    assert right >= 0.995 * true


def test_the_coverage_estimate_holds_the_truth(published: Published) -> None:
    import polars as pl

    truth = json.loads((published.truth / "summary.json").read_text())
    [row] = published.rows(
        "select sampled_work_area_count, e_sample_count, p_sample_count, p_sample_only_count, estimate_lower_count,"
        " estimate_upper_count from coverage.coverage_estimate where area_level = 'regency' and sex = 'total'"
    )
    sampled, enumerated, listed, omitted, lower, upper = row
    assert lower <= truth["residents"] <= upper
    survey = "select kode_sls from raw.pes_person"
    assert published.rows(f"select count(distinct kode_sls) from ({survey}) as x") == [(sampled,)]
    counted = f"select count(*) from population.person where is_counted and sls_code in ({survey})"
    assert published.rows(counted) == [(enumerated,)]
    people = pl.read_parquet(published.truth / "person.parquet")
    records = pl.read_parquet(published.truth / "record.parquet").filter(pl.col("feed") == "pes_person")
    true_listed = records.join(people.filter("is_resident"), on="true_id")["true_id"].n_unique()
    assert true_listed * 0.985 <= listed <= true_listed
    assert 0 < omitted < 0.01 * listed


def test_every_record_is_accounted_for(published: Published) -> None:
    assert not published.rows(
        "select file_id from ops.file where status = 'landed' or records_read <> records_loaded + records_rejected"
    )
    loaded = published.rows(
        "select sum(records_loaded) from ops.file where status = 'loaded'"
        " and feed in ('registry', 'online_person', 'verification', 'interview_person', 'pes_person')"
    )
    linked = published.rows("select count(*), count(distinct (feed, file_id, record_no)) from population.person_record")
    assert linked == [(loaded[0][0], loaded[0][0])]
    assert not published.rows(
        "select person_id from population.person_record except select person_id from population.person"
    )


def test_every_trap_of_the_drop_ends_as_it_should(published: Published) -> None:
    import polars as pl

    expected = pl.read_parquet(published.truth / "trap.parquet")
    files = f"select file_id, {URI} as uri, status from ops.file"
    found = dict(published.rows(f"select uri, status from ({files}) as f"))
    rejected = {
        row[0]
        for row in published.rows(
            f"select uri || '#' || record_no from ops.rejected_record join ({files}) as f using (file_id)"
        )
    }
    by_outcome = {key[0]: set(rows["uri"]) for key, rows in expected.group_by("expected")}
    assert {uri: found.get(uri) for uri in by_outcome["refused"]} == dict.fromkeys(by_outcome["refused"], "refused")
    assert by_outcome["ignored"].isdisjoint(found)
    assert rejected == by_outcome["rejected_record"]
    assert sum(status == "duplicate" for status in found.values()) == len(by_outcome["duplicate"])


def test_the_published_tables_say_what_the_population_says(published: Published) -> None:
    [(release_id,)] = published.rows("select release_id from ops.release where status = 'current'")
    assert release_id == published.outcome.release_id
    for view, column, rows in (
        ("coverage_by_area", "counted_person_count", "true"),
        ("population_by_age_sex", "person_count", "'total' not in (sex, age_group)"),
    ):
        [(count,)] = published.rows(
            f"select coalesce(sum({column}), 0) from published.{view} where area_level = 'regency' and {rows}"
        )
        [(people,)] = published.rows("select count(*) from population.person where is_counted")
        assert 0.98 * people <= count <= 1.01 * people


def test_a_second_run_finds_nothing_new(published: Published) -> None:
    exported = published.settings.releases_dir / str(published.outcome.release_id)
    shutil.rmtree(exported)  # as if the first run had been killed before it could write it
    again = pipeline.run(published.settings)
    assert (exported / "site" / "index.html").is_file()
    assert (again.waiting, again.run_id, again.release_id) == (0, None, published.outcome.release_id)


def test_no_small_count_and_no_person_is_published(published: Published) -> None:
    views = [
        row[0]
        for row in published.rows("select table_name from information_schema.views where table_schema = 'published'")
    ]
    assert len(views) >= 6
    people = {row[0] for row in published.rows("select distinct nik from staging.stg_registry where nik is not null")}
    for view in views:
        text = {str(value) for row in published.rows(f"select * from published.{view}") for value in row}
        assert not text & people
    small = "select count(*) from published.population_by_age_sex where person_count between 1 and 4"
    assert published.rows(small) == [(0,)]


@pytest.fixture
def planted(published: Published, tmp_path: Path) -> Settings:
    """Settings of a project whose gate has one more critical check, which fails."""
    project = tmp_path / "project"
    for part in ("contracts", "dbt_project", "expectations"):
        shutil.copytree(published.settings.project_dir / part, project / part)
    (project / "expectations" / "population" / "planted.yaml").write_text(
        "owner: tests\nassets:\n  person: {query: select count(*) as people from population.person}\nchecks:\n"
        "  - name: planted.nobody_is_counted\n    asset: person\n"
        "    measure: people\n    threshold: {max: 0}\n"
        "    severity: critical\n    rationale: It must fail.\n"
    )
    contract = project / "contracts" / "asn.yaml"
    contract.write_text(contract.read_text() + "# rules that differ make a run do its work again\n")
    return published.settings.model_copy(update={"project_dir": project})


def test_a_failing_critical_check_blocks_and_leaves_the_release_as_it_is(
    published: Published, planted: Settings
) -> None:
    before = (
        published.rows("select * from published.coverage_by_area order by area_code"),
        published.rows("table ops.release"),
    )
    with pytest.raises(Blocked, match="nothing was released"):
        pipeline.run(planted)
    assert (
        published.rows("select * from published.coverage_by_area order by area_code"),
        published.rows("table ops.release"),
    ) == before
    assert published.rows(
        "select check_name from ops.check_result where success is not true and severity = 'critical'"
    ) == [("planted.nobody_is_counted",)]


@pytest.mark.long
def test_another_threshold_lets_the_same_tables_pass_without_building_them_again(
    published: Published, planted: Settings
) -> None:
    tables = (
        "select oid, relname from pg_class where relkind = 'r'"
        " and relnamespace in ('population'::regnamespace, 'candidate'::regnamespace) order by oid"
    )
    with pytest.raises(Blocked, match="nothing was released"):
        pipeline.run(planted, Stage.GATE)
    run_id, before = (
        published.rows("select run_id from ops.run order by created_at desc limit 1"),
        published.rows(tables),
    )
    suite = planted.project_dir / "expectations" / "population" / "planted.yaml"
    suite.write_text(suite.read_text().replace("{max: 0}", "{max: 1000000}"))
    done = pipeline.run(planted, Stage.GATE)
    assert (done.outcome, [(done.run_id,)]) == ("gate", run_id)
    assert published.rows(tables) == before


@pytest.mark.long
def test_the_command_ends_with_the_gates_exit_code(planted: Settings) -> None:
    environment = {
        "SATU_HOME": str(planted.home),
        "SATU_PROJECT_DIR": str(planted.project_dir),
        "SATU_LANDING_URL": planted.landing_url,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    done = subprocess.run(["satu", "run", "--json"], env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 3
    assert json.loads(done.stdout)["exit_code"] == 3


@pytest.mark.long
def test_a_model_that_fails_quotes_no_record(published: Published, planted: Settings) -> None:
    model = planted.project_dir / "dbt_project" / "models" / "staging" / "stg_registry.sql"
    model.write_text(f"select *, cast(name as bigint) as broken from ({model.read_text()}) as records")
    with pytest.raises(BuildFailed, match="stg_registry"):
        pipeline.run(planted)
    ((run_id, skipped),) = published.rows(
        "select run_id, count(*) from ops.check_result join ops.run using (run_id)"
        " where success is null and observed = 'skipped' group by run_id, created_at order by created_at desc limit 1"
    )
    assert skipped > 0
    assert judge(planted, run_id).verdict == "blocked"
    names = {
        row[0]
        for row in published.rows("select distinct nama_lengkap from raw.registry where length(nama_lengkap) > 8")
    }
    kept = [*planted.logs_dir.rglob("*.log"), *(planted.home / "dbt").glob("*.json")]
    assert len(kept) > 2
    assert {path.name for path in kept if any(name in path.read_text() for name in names)} == set()

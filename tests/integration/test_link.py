"""The stage link on a real server: every record has one person, ids stay, readers never see half of it."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from linking import FIRST, LAST, Row, Warehouse, people, simulated_evidence

from satu import build, scratch, warehouse
from satu.bench.linkage_quality import evaluate
from satu.errors import BuildFailed, WrongUsage
from satu.link import clusters, link_records, store
from satu.privacy import erasure_scope
from satu.privacy.erasure_deletes import of_the_transformer
from satu.settings import Settings


def test_every_record_has_one_person(linked: Warehouse) -> None:
    linked.give(people(100))
    result = link_records(linked.settings, "run-1")
    assert (result.records, result.persons, result.records_written) == (300, 100, 300)
    found = linked.result()
    assert len(found) == 300
    for number in range(1, 101):
        assert len({found[feed, number][0] for feed in ("registry", "interview_person", "verification")}) == 1
    assert {rule for _, rule in found.values()} == {"nik", "family"}
    assert sum(result.records_by_rule.values()) == 300


def test_what_it_keeps_on_the_disk_is_where_the_next_command_looks(
    linked: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    cluster = clusters.cluster

    def observed(connection: duckdb.DuckDBPyConnection) -> None:
        kept.extend(connection.execute("select current_setting('temp_directory')").fetchall())
        cluster(connection)

    monkeypatch.setattr(clusters, "cluster", observed)
    linked.give(people(10))
    link_records(linked.settings, "run-1")
    assert {Path(folder).parent for (folder,) in kept} == {linked.settings.home / scratch.FOLDER}
    assert not any(Path(folder).exists() for (folder,) in kept)


def test_a_second_run_changes_nothing(linked: Warehouse) -> None:
    linked.give(people(60))
    link_records(linked.settings, "run-1")
    versions = linked.query("select xmin::text, ctid::text from population.person_record order by 2")
    assert link_records(linked.settings, "run-2").records_written == 0
    assert linked.query("select xmin::text, ctid::text from population.person_record order by 2") == versions
    assert linked.query("select * from population.person_id_change") == []


def test_the_order_of_the_input_does_not_matter(linked: Warehouse) -> None:
    rows = people(60)
    linked.give(rows)
    link_records(linked.settings, "run-1")
    expected = linked.result()
    with warehouse.connect(linked.settings, warehouse.TRANSFORMER) as connection:
        connection.execute("delete from population.person_record")
        connection.execute("select setval('population.person_id_given', 1, false)")
    random.Random(1).shuffle(rows)  # noqa: S311
    linked.give(rows)
    link_records(linked.settings, "run-2")
    assert linked.result() == expected


def test_a_corrected_file_leaves_the_ids_as_they_are(linked: Warehouse) -> None:
    rows = people(30)
    linked.give(rows)
    link_records(linked.settings, "run-1")
    before = linked.query("select distinct person_id from population.person_record order by 1")
    # The registry's file comes again in reverse order, and then nothing but it.
    registry = [row for row in rows if row[0] == "registry"]
    corrected = [("registry", 9, 31 - int(str(row[2])), *row[3:]) for row in registry]
    linked.give(corrected)
    result = link_records(linked.settings, "run-2")
    assert (result.merges, result.splits, result.persons) == (0, 0, 30)
    assert linked.query("select distinct person_id from population.person_record order by 1") == before


def test_ids_survive_news_and_a_merge_is_recorded(linked: Warehouse) -> None:
    rows = people(20)
    alone = ("pes_person", 4, 1, "P1", "P1|1", "P1|1", None, None, "SOMEBODY ELSE", date(1999, 9, 9), None, None)
    linked.give([*rows, alone])
    link_records(linked.settings, "run-1")
    before = linked.result()
    assert before["pes_person", 1] == (21, "single")

    # The late interview has both the survey's name and birth date and the NIK of person 5.
    nik = rows[12][6]
    bridge = [
        ("online_person", 5, number, f"O{number}", f"O{number}|1", f"O{number}|1", key, card, name, birth, None, None)
        for number, key, card, name, birth in [
            (1, "3371010909990001", "3371010101199999", "SOMEBODY ELSE", date(1999, 9, 9)),
            (2, nik, None, rows[12][8], rows[12][9]),
        ]
    ]
    survey = (*alone[:6], "3371010909990001", *alone[7:])
    linked.give([*rows, survey, *bridge])
    result = link_records(linked.settings, "run-2")
    after = linked.result()
    assert {key: after[key][0] for key in before} == {key: before[key][0] for key in before}
    assert after["online_person", 1] == (21, "nik")
    assert after["online_person", 2][0] == before["registry", 5][0]
    assert (result.merges, result.splits) == (0, 0)

    # Then it turns out that the somebody else was person 5, misspelled beyond recognition.
    joined = [(*row[:6], nik, row[7], rows[12][8], rows[12][9], *row[10:]) for row in (survey, bridge[0])]
    linked.give([*rows, *joined, bridge[1]])
    assert link_records(linked.settings, "run-3").merges == 1
    changes = linked.query("select person_id, new_person_id, change from population.person_id_change")
    assert changes == [(21, before["registry", 5][0], "merge")]
    # The id that was given up is not given again.
    linked.give([*rows, *joined, bridge[1], (*alone[:2], 2, "P2", "P2|1", "P2|1", *alone[6:])])
    link_records(linked.settings, "run-4")
    assert linked.result()["pes_person", 2] == (22, "single")


def test_a_run_that_dies_leaves_the_old_content(linked: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    linked.give(people(20))
    link_records(linked.settings, "run-1")
    before = linked.result()
    linked.give(people(30))
    write = store.write

    def dies_after_writing(*arguments: Any) -> int:  # noqa: ANN401 - handed on as they are
        assert write(*arguments) == 30
        # Another session reads meanwhile, and sees what was there.
        assert linked.result() == before
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "write", dies_after_writing)
        with pytest.raises(KeyboardInterrupt):
            link_records(linked.settings, "run-2")
    assert linked.result() == before
    assert link_records(linked.settings, "run-3").persons == 30


@pytest.mark.parametrize("rows", [[], people(1)[:1]], ids=["nothing", "one record"])
def test_very_little_evidence(linked: Warehouse, rows: list[Row]) -> None:
    linked.give(rows)
    result = link_records(linked.settings, "run-1")
    assert (result.records, result.persons) == (len(rows), len(rows))


def test_records_that_are_gone_leave(linked: Warehouse) -> None:
    linked.give(people(5))
    link_records(linked.settings, "run-1")
    linked.give([])
    assert link_records(linked.settings, "run-2").records == 0
    assert linked.result() == {}


def test_an_erasure_also_deletes_whose_absent_records_were(linked: Warehouse) -> None:
    rows = people(3)
    linked.give(rows)
    link_records(linked.settings, "run-1")
    before = linked.result()
    listed = [("verification", number) for number in (1, 2)]
    linked.give([row for row in rows if row[0] != "verification" or row[2] == 3])
    link_records(linked.settings, "run-2")
    absent = "select person_id from population.link_absent order by 1"
    manifest = build.described(linked.settings)
    assert linked.query(absent) == sorted((before[line][0],) for line in listed)
    with warehouse.connect(linked.settings, warehouse.TRANSFORMER) as connection:
        connection.execute("alter table staging.person_evidence add name text")
        erasure_scope.person(connection, None, before[listed[0]][0])
        assert of_the_transformer(connection, manifest)["population.link_absent"] == 1
    assert linked.query(absent) == [(before[listed[1]][0],)]


def test_an_erasure_does_not_need_what_was_never_built(own_settings: Settings) -> None:
    """Only files were loaded so far: linkage's tables are there, and what they are searched through is not."""
    manifest = build.described(own_settings)
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        erasure_scope.person(connection, "3371010101900001", None)
        assert of_the_transformer(connection, manifest) == {}


def test_no_evidence_table(linked: Warehouse) -> None:
    with pytest.raises(BuildFailed, match="Run the stage `build` first"):
        link_records(linked.settings, "run-1")


def test_no_truth(satu_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="satu simulate"):
        evaluate(satu_settings, tmp_path)


@pytest.mark.long
def test_a_simulated_city_is_linked_well(linked: Warehouse, tmp_path: Path) -> None:
    with simulated_evidence(linked.settings, tmp_path, 0.05, 11, 1.0) as made:
        link_records(linked.settings, "run-1")
        quality = evaluate(linked.settings, made.truth)
    assert quality.records > 15_000
    assert quality.precision >= 0.999
    assert quality.recall >= 0.998


def test_a_record_between_two_people_is_no_bridge(linked: Warehouse) -> None:
    here = ("3371010002000100", "3371010002")
    one = (
        "verification",
        3,
        900,
        None,
        "V1",
        "V1",
        "3371010101700001",
        None,
        "BAMBANG SURYADI",
        date(1970, 1, 1),
        *here,
    )
    two = (
        "verification",
        3,
        901,
        None,
        "V2",
        "V2",
        "3371010506800002",
        None,
        "BAMBANG SURYADI",
        date(1980, 6, 5),
        *here,
    )
    between = ("pes_person", 4, 1, "P1", "P1|1", "P1|1", None, None, "BAMBANG SURYADI", None, *here)
    linked.give([*people(60), one, two, between])
    link_records(linked.settings, "run-1")
    found = linked.result()
    assert found["verification", 900][0] != found["verification", 901][0]


def test_strangers_of_a_tiny_table_stay_strangers(linked: Warehouse) -> None:
    firsts = ("ANDI", "BUDIMAN", "CAHYO", "DEDI", "EKO", "FAJAR", "GILANG", "HASAN")
    born_here = (date(1990, 5, 5), "3371010002000100", "3371010002")
    niks = [f"337101050590{number:04}" for number in range(len(firsts))]
    linked.give(
        [
            ("registry", 1, n, f"K{n}@1", f"L{n}", f"L{n}", nik, f"K{n}", f"{first} SANTOSO", *born_here)
            for n, (first, nik) in enumerate(zip(firsts, niks, strict=True), 1)
        ]
    )
    assert link_records(linked.settings, "run-1").persons == len(firsts)


def test_a_corrected_file_of_people_with_one_sentinel_nik_splits_nobody(linked: Warehouse) -> None:
    def rows(file_id: int, order: list[int]) -> list[Row]:
        place = ("3371010002000100", "3371010002")
        return [
            ("registry", file_id, number, f"K{n}@{file_id}", "9999999999999999", f"9:{FIRST[n]}{n}", None, f"K{n}",
             f"{FIRST[n]} {LAST[n % 10]}", date(1950 + n, 1, 1 + n), *place)
            for number, n in enumerate(order, 1)
        ]  # fmt: skip

    linked.give(rows(1, list(range(12))))
    link_records(linked.settings, "run-1")
    before = linked.query("select record_key, person_id from population.person_record order by 1")
    linked.give(rows(2, list(range(11, -1, -1))))
    result = link_records(linked.settings, "run-2")
    assert (result.merges, result.splits) == (0, 0)
    assert linked.query("select record_key, person_id from population.person_record order by 1") == before

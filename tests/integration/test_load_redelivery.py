"""What becomes of a file that comes again: loaded, superseded, duplicate or refused; and which version is in use."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from asn_files import GOOD, HEADER, OTHER, asn, json_lines, names

from satu import pipeline
from satu.ledger import queries
from support import Landing


def statuses(landing: Landing) -> dict[str, str]:
    """What the newest delivery of each name is."""
    query = "select distinct on (file_name) file_name, status from ops.file order by file_name, file_id desc"
    return dict(landing.query(query))


def test_the_same_bytes_are_loaded_once_under_whatever_name(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(GOOD))
    assert landing.load() == {"loaded": 1, "duplicate": 1}
    landing.drop("asn", "a.csv", asn(GOOD))  # written again: a new time, the same bytes
    landing.drop("asn", "b.csv", asn(GOOD))
    assert landing.load() == {}
    assert names(landing) == ["ANGGUN VERA"]


def test_a_duplicate_is_loaded_when_its_twin_is_corrected(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(GOOD))
    landing.load()
    twin = next(name for name, status in statuses(landing).items() if status == "loaded")
    landing.drop("asn", twin, asn(OTHER))
    landing.load()
    assert statuses(landing) == {"a.csv": "loaded", "b.csv": "loaded"}
    standing = "select nama from raw.asn join ops.file on file_id = _file_id where status = 'loaded' order by 1"
    assert landing.query(standing) == [("AGUS",), ("ANGGUN VERA",)]


def test_a_correction_to_the_bytes_of_another_file_takes_the_old_version_back(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(OTHER))
    landing.load()
    landing.drop("asn", "a.csv", asn(OTHER))
    landing.load()
    assert landing.query("select file_name, status from ops.file order by file_id") == [
        ("a.csv", "superseded"),
        ("b.csv", "loaded"),
        ("a.csv", "duplicate"),
    ]


def test_a_twin_of_a_file_that_was_refused_is_loaded(landing: Landing) -> None:
    first = landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    first.unlink()
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1, "loaded": 1}
    assert names(landing) == ["ANGGUN VERA"]


def test_a_version_that_comes_back_is_in_use_again(landing: Landing) -> None:
    for content in (asn(GOOD), asn(OTHER), asn(GOOD)):
        landing.drop("asn", "a.csv", content)
        landing.load()
    assert landing.query("select status, superseded_by from ops.file order by file_id") == [
        ("superseded", landing.file("a.csv")["file_id"] - 1),
        ("superseded", landing.file("a.csv")["file_id"]),
        ("loaded", None),
    ]


def test_other_bytes_under_the_same_name_supersede(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    old = landing.file("a.csv")
    landing.drop("asn", "a.csv", asn(GOOD, OTHER))
    landing.load()
    new = landing.file("a.csv")
    assert new["status"] == "loaded"
    assert landing.query("select status, superseded_by from ops.file where file_id = %s", old["file_id"]) == [
        ("superseded", new["file_id"])
    ]


def test_two_loaders_at_once_load_each_file_once(landing: Landing) -> None:
    for number in range(20):
        landing.drop("asn", f"{number}.csv", asn(GOOD.replace("ANGGUN", f"A{number}")))
    waiting = pipeline.sweep(landing.settings)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: pipeline.load_files(landing.settings, waiting), range(2)))
    assert sum(outcome.get("loaded", 0) for outcome in outcomes) == 20
    assert len(names(landing)) == 20


def test_a_file_that_changed_after_it_was_listed_waits_for_the_next_sweep(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    landing.drop("asn", "a.csv", asn(GOOD, OTHER))
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1}
    assert landing.load() == {"loaded": 1}
    assert len(names(landing)) == 2


def test_a_file_that_went_away_is_taken_when_it_comes_back(landing: Landing) -> None:
    path = landing.drop("asn", "a.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    aside = path.rename(path.parent.parent / "aside.part")
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1}
    assert "disappeared" in landing.file("a.csv")["reason"]
    aside.rename(path)
    assert landing.load() == {"loaded": 1}


def test_a_header_alone_takes_a_file_back(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    landing.drop("asn", "a.csv", asn())
    assert landing.load() == {"loaded": 1}
    assert landing.query("select status, records_loaded from ops.file order by file_id") == [
        ("superseded", 1),
        ("loaded", 0),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", asn(f"{GOOD},,", f"{OTHER},,", header=f"{HEADER},")),
        ("a.csv", asn(f"{GOOD},,", f"{OTHER},,")),
        ("a.csv", asn(GOOD.replace(",", ";"))),
        ("a.jsonl", b'{"nip": ["198806182010012000"]}\n{"nip": ["2"]}\n'),
        ("a.jsonl", b"\n \n"),
        ("a.csv", b""),
    ],
    ids=["one delimiter more", "two more", "another delimiter", "nested", "blank lines", "nothing"],
)
def test_a_redelivery_of_which_nothing_loads_is_refused_and_the_former_stays(
    landing: Landing, name: str, content: bytes
) -> None:
    landing.drop("asn", name, asn(GOOD, OTHER) if name.endswith("csv") else json_lines(GOOD))
    landing.load()
    before = names(landing)
    assert before
    landing.drop("asn", name, content)
    assert landing.load() == {"refused": 1}
    assert landing.query("select status from ops.file order by file_id") == [("loaded",), ("refused",)]
    assert names(landing) == before
    assert landing.query("select count(*) from ops.rejected_record") == [(0,)]
    assert landing.load() == {}


def test_a_first_delivery_of_which_nothing_loads_is_refused_with_the_first_reason(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(f"{GOOD},,", f"{OTHER},,"))
    assert landing.load() == {"refused": 1}
    assert "none of its 2 records can be loaded (line 2: 7 fields" in landing.file("a.csv")["reason"]


def test_a_refused_file_is_settled_by_its_correction(landing: Landing) -> None:
    landing.drop("asn", "a.csv", b"")
    landing.load()
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    assert queries.files(landing.settings, queries.FileStatus.REFUSED) == []
    assert landing.query("select status, superseded_by is null from ops.file order by file_id") == [
        ("refused", False),
        ("loaded", True),
    ]

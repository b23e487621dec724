"""What lies in a landing place under an odd name, or is no file: each is taken or refused by itself, none waited for.

Names and times are whatever a sender's system made of them.
"""

import json
import os
import socket
import time
from pathlib import Path

import pytest
from asn_files import GOOD, asn

from satu import pipeline
from satu.errors import WrongUsage
from satu.landing_place import LandingPlace
from satu.ledger import queries
from support import Landing

CONTENT = asn(GOOD)
TAKEN = (
    "rekap::final.csv", "100%.csv", "a%20b.csv", "nomor#1.csv", "apa?.csv", "*.csv", "a[1].csv", "{a,b}.csv",
    "file with blanks.csv", "keluarga 👨\u200d👩\u200d👧.csv", "Jos\u00e9.csv", "-rf.csv", "~.csv", "$HOME.csv",
    "'quoted\".csv", "back\\slash.csv", "x" * 251 + ".csv", "A.CSV",
)  # fmt: skip
REFUSED = {
    b"Jos\xe9.csv": ("Jos\\xe9.csv", "not UTF-8"),
    b"two\nlines.csv": ("two\\nlines.csv", "invisible character"),
    b"bell\x07.csv": ("bell\\x07.csv", "invisible character"),
    b"\x1b[31mred.csv": ("\\x1b[31mred.csv", "invisible character"),
    "turned\u202evsc.csv".encode(): ("turned\\u202evsc.csv", "invisible character"),
    "no\u200bwidth.csv".encode(): ("no\\u200bwidth.csv", "invisible character"),
    b"blank.csv ": ("blank.csv ", "a space"),
    b" blank.csv": (" blank.csv", "a space"),
}


def slot(landing: Landing) -> Path:
    return landing.drop("asn", "good.csv", CONTENT).parent


def put(folder: Path, name: bytes, content: bytes) -> None:
    path = os.path.join(os.fsencode(folder), name)
    with open(path, "wb") as file:
        file.write(content)
    os.utime(path, (1_600_000_000, 1_600_000_000))


def test_a_name_with_signs_that_mean_something_elsewhere_is_a_name(landing: Landing) -> None:
    for number, name in enumerate(TAKEN):
        landing.drop("asn", name, CONTENT.replace(b"ANGGUN", f"ANGGUN {chr(65 + number)}".encode()))
    assert landing.load() == {"loaded": len(TAKEN)}
    assert landing.query("select count(distinct nama) from raw.asn") == [(len(TAKEN),)]
    assert pipeline.sweep(landing.settings) == []


def test_a_name_that_cannot_be_shown_is_refused_once_and_stops_no_other(landing: Landing) -> None:
    folder = slot(landing)
    for number, name in enumerate(REFUSED):
        put(folder, name, CONTENT + b"\n" * number)
    put(landing.root, b"elsewhere \xff", b"")
    os.mkdir(os.path.join(os.fsencode(landing.root / "asn"), b"area=\xff"))
    put(Path(os.fsdecode(os.path.join(os.fsencode(landing.root / "asn"), b"area=\xff"))), b"inner.csv", CONTENT)
    assert landing.load() == {"loaded": 1}
    assert landing.load() == {}
    reasons = dict(landing.query("select file_name, reason from ops.file where status = 'refused'"))
    assert reasons.keys() == {shown for shown, _ in REFUSED.values()} | {"elsewhere \\xff", "inner.csv"}
    for shown, reason in REFUSED.values():
        assert reason in reasons[shown]
    assert all(
        uri.startswith("file://") for (uri,) in landing.query("select uri from ops.file where reason is not null")
    )


def test_a_name_with_the_number_of_a_person_is_refused_once_and_kept_nowhere(landing: Landing) -> None:
    folder = slot(landing)
    nik, nip = "3371014507880099", "198507052010011003"
    names = (f"{nik}.csv", f"KK_{nik}_rev2.csv", f"asn {nip}.xlsx", f"x.{nik}")
    for number, name in enumerate(names):
        put(folder, name.encode(), CONTENT + b"\n" * number)
    for place in (landing.root / nik, landing.root / "asn" / f"area={nik}", landing.root / "asn" / "area=3371" / nik):
        place.mkdir()
        put(place, b"inner.csv", CONTENT)
    others = (
        "export_20200930123015123",
        "c1_3371010002000100",
        "c1_3371011003001000",
        "2020063020200930",
        "33710145078800",
    )
    for number, name in enumerate(others):
        put(folder, f"{name}.csv".encode(), CONTENT.replace(b"ANGGUN", f"ANGGUN {chr(65 + number)}".encode()))
    assert landing.load() == {"loaded": 1 + len(others)}
    assert landing.load() == {}
    refused = landing.query("select file_name, reason from ops.file where status = 'refused' order by file_id")
    assert len(refused) == len(names) + 3
    assert all("may be the number of a person" in reason for _, reason in refused)
    assert {name for name, _ in refused} == {"….csv", "KK_…_rev2.csv", "asn ….xlsx", "x.…", "inner.csv"}
    told = json.dumps([*queries.files(landing.settings), *queries.status(landing.settings).values()], default=str)
    kept = str(landing.query("select f::text from ops.file as f"))
    assert [number for number in (nik, nip) if number in told + kept] == []


def test_a_path_that_is_too_long_is_refused_alone(landing: Landing) -> None:
    slot(landing)
    place = os.open(landing.root, os.O_RDONLY)
    for _ in range(40):  # deeper than a path may be long; each folder is made from the one above
        os.mkdir("d" * 200, dir_fd=place)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    deep = landing.root / "e" / "/".join(["f" * 200] * 8)
    deep.mkdir(parents=True)
    put(deep, b"deep.csv", CONTENT)
    assert landing.load() == {"loaded": 1}
    assert landing.load() == {}
    reasons = [row["reason"] for row in queries.files(landing.settings, queries.FileStatus.REFUSED)]
    assert ["longer than 1,000 bytes" in str(reason) or "too long" in str(reason) for reason in reasons] == [True, True]


def test_one_name_in_two_spellings_is_one_name(landing: Landing) -> None:
    landing.drop("asn", "Jos\u00e9.csv", CONTENT)
    landing.load()
    landing.drop("asn", "Jose\u0301.csv", CONTENT.replace(b"ANGGUN", b"ANGGI"))
    landing.load()
    assert landing.query("select file_name, status from ops.file order by file_id") == [
        ("Jos\u00e9.csv", "superseded"),
        ("Jos\u00e9.csv", "loaded"),
    ]


def test_digits_of_another_script_make_no_slot(landing: Landing) -> None:
    landing.drop("asn", "a.csv", CONTENT, area="\uff13371")
    landing.drop("asn", "good.csv", CONTENT)
    assert landing.load() == {"loaded": 1}
    assert "4 digits" in landing.file("a.csv")["reason"]


def test_a_folder_named_like_a_file_is_a_folder(landing: Landing) -> None:
    folder = slot(landing)
    (folder / "empty.csv").mkdir()
    (folder / "full.csv").mkdir()
    put(folder / "full.csv", b"inner.csv", CONTENT)
    assert landing.load() == {"loaded": 1}
    assert landing.query("select file_name, status from ops.file order by 1") == [
        ("good.csv", "loaded"),
        ("inner.csv", "refused"),
    ]


def test_what_is_no_plain_file_is_refused_once_and_never_waited_for(landing: Landing) -> None:
    folder = slot(landing)
    os.mkfifo(folder / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(folder)
        try:
            listening.bind("socket.csv")
        finally:
            os.chdir(Path(__file__).parents[2])
        assert landing.load() == {"loaded": 1}
        os.utime(folder / "pipe.csv")  # somebody wrote into it
        assert landing.load() == {}
    assert landing.query("select file_name, reason from ops.file where status = 'refused' order by 1") == [
        ("pipe.csv", "it is a pipe; expected a plain file. Remove it"),
        ("socket.csv", "it is a socket; expected a plain file. Remove it"),
    ]


def test_a_file_that_turned_into_a_pipe_after_the_sweep_is_refused(landing: Landing) -> None:
    path = slot(landing) / "good.csv"
    waiting = pipeline.sweep(landing.settings)
    path.unlink()
    os.mkfifo(path)
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1}


def test_links_that_go_round_are_refused_and_end(landing: Landing) -> None:
    folder = slot(landing)
    (folder / "up").symlink_to(landing.root)
    (folder / "self.csv").symlink_to("self.csv")
    assert landing.load() == {"loaded": 1}
    assert landing.query("select file_name from ops.file where starts_with(reason, 'it is a link') order by 1") == [
        ("self.csv",),
        ("up",),
    ]


def test_a_time_that_lies_ahead_is_waited_for_no_longer_than_any(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for number, seconds in enumerate((25_200, 10**9, 0.5)):
        path = landing.drop("asn", f"{number}.csv", CONTENT.replace(b"ANGGUN", bytes([65 + number])))
        os.utime(path, (time.time() + seconds,) * 2)
    assert landing.load() == {"loaded": 3}
    assert sum(slept) <= 1.0
    assert pipeline.sweep(landing.settings) == []


def test_other_bytes_with_the_same_size_and_time_are_seen(landing: Landing) -> None:
    path = landing.drop("asn", "a.csv", CONTENT)
    before = path.stat()
    landing.load()
    path.write_bytes(CONTENT.replace(b"ANGGUN", b"ANGGIN"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert landing.load() == {"loaded": 1}
    assert landing.query(
        "select nama from raw.asn r join ops.file f on file_id = _file_id where status = 'loaded'"
    ) == [("ANGGIN VERA",)]


def test_a_file_that_is_gone_at_every_load_is_one_refused_file(landing: Landing) -> None:
    path = slot(landing) / "good.csv"
    for _ in range(3):
        waiting = pipeline.sweep(landing.settings)
        content = path.read_bytes()
        path.unlink()
        assert pipeline.load_files(landing.settings, waiting) == {"refused": 1}
        path.write_bytes(content)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    assert landing.query("select count(*) from ops.file") == [(1,)]
    assert landing.load() == {"loaded": 1}


@pytest.mark.parametrize("address", ["file://{}", "file://localhost{}", "file:{}", "{}", "{}/"])
def test_a_folder_is_named_by_its_path_or_as_a_file_address(landing: Landing, address: str) -> None:
    folder = landing.root / "eksport 100% :: a+b#1"
    path = folder / "asn/area=3371/period=2020-03-01/a.csv"
    path.parent.mkdir(parents=True)
    put(path.parent, b"a.csv", CONTENT)
    written = str(folder)
    if address.startswith("file:"):
        written = written.replace("%", "%25").replace(" ", "%20")
    made = landing.settings.model_copy(update={"landing_url": address.format(written)})
    assert [file.uri for file in LandingPlace(made.landing_url).files()] == [str(path)]
    assert pipeline.load_files(made, pipeline.sweep(made)) == {"loaded": 1}


def test_a_file_address_of_another_machine_is_refused(landing: Landing) -> None:
    made = landing.settings.model_copy(update={"landing_url": "file://server/share"})
    with pytest.raises(WrongUsage, match="names the machine 'server'"):
        pipeline.sweep(made)


def test_a_period_that_cannot_be_is_refused_and_stops_no_other(landing: Landing) -> None:
    slot(landing)
    for period in ("2202-09-10", "1020-10-03"):
        landing.drop("asn", f"of {period}.csv", CONTENT, period=period)
    assert landing.load() == {"loaded": 1}
    for period in ("2202-09-10", "1020-10-03"):
        refused = landing.file(f"of {period}.csv")
        assert refused["status"] == "refused"
        assert f"period={period} is out of range; expected a day from 2010-01-01 to tomorrow" in refused["reason"]


def test_a_landing_place_that_cannot_be_named_is_refused(landing: Landing) -> None:
    folder = os.fsdecode(os.path.join(os.fsencode(landing.root), b"eksport \xe9"))
    os.mkdir(folder)
    with pytest.raises(WrongUsage, match="path is not UTF-8"):
        LandingPlace(folder)

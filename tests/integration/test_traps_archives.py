"""Hostile and broken archives and packed files, each with the outcome that docs/traps.md states."""

import gzip
import stat
import zipfile

import pytest
from asn_files import GOOD, HEADER, OTHER, PLAIN, archive, asn, expect_loaded, expect_refused, names, with_wrong_sizes

from support import Landing


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def nameless() -> zipfile.ZipInfo:
    made = entry("a.csv")
    made.filename = ""
    return made


ARCHIVES = {
    "zip_in_zip.zip": (archive(("inner.zip", archive(("a.csv", PLAIN)))), "ends in '.zip'; expected only .csv"),
    "absolute.zip": (archive(("/etc/a.csv", PLAIN)), "outside itself"),
    "backslash.zip": (archive(("..\\..\\a.csv", PLAIN)), "outside itself"),
    "deep.zip": (archive(("a.csv", PLAIN), ("x/../../a.csv", PLAIN)), "outside itself"),
    "link.zip": (archive((entry("a.csv", stat.S_IFLNK | 0o777), b"/etc/passwd")), "has a link"),
    "bomb.zip": (archive(("a.csv", HEADER.encode() + b"\n" + b"0" * 40_000_000)), "unpacks to more than"),
    "nameless.zip": (archive((nameless(), PLAIN)), "ends in ''; expected only .csv"),
    "none.zip": (archive(), "has 0 files"),
    "empty_members.zip": (archive(("a.csv", b""), ("b.csv", b"")), "all members of the archive are empty"),
    "many.zip": (archive(*((f"{number}.csv", b"") for number in range(1001))), "has 1001 files"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_is_no_plain_set_of_csv_files_is_refused(landing: Landing, name: str) -> None:
    content, reason = ARCHIVES[name]
    landing.drop("asn", name, content)
    landing.load()
    expect_refused(landing, name, reason)


def test_only_the_records_of_an_archive_are_read_and_each_once(landing: Landing) -> None:
    one, two = asn(GOOD), asn(OTHER)
    hidden = [("__MACOSX/data/._a.csv", b"\x00\x05"), ("data/.DS_Store", b"x"), ("Thumbs.db", b"x")]
    packed = archive(("data/a.csv", one), *hidden, ("b.csv", b""), ("copy of a.csv", one), ("c.csv", two))
    landing.drop("asn", "a.zip", packed)
    landing.load()
    assert expect_loaded(landing, "a.zip", 2)["findings"].split("; ") == [
        "3 hidden members of the archive ignored",
        "member b.csv is empty",
        "member copy of a.csv holds the same bytes as another and was read once",
    ]
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_whose_member_comes_twice_with_other_bytes_is_refused(landing: Landing) -> None:
    landing.drop("asn", "a.zip", archive(("a.csv", PLAIN), ("a.csv", PLAIN + PLAIN)))
    landing.load()
    expect_refused(landing, "a.zip", "two members named a.csv with different contents")


def test_what_is_said_of_a_member_names_it(landing: Landing) -> None:
    members = [(f"rt_{number}.csv", asn(f"{GOOD}{number}")) for number in range(3)]
    foot = ("rt_4.csv", asn(OTHER, "Jumlah,1,,,"))
    landing.drop("asn", "a.zip", archive(*members, ("3371015806880001.csv", asn("1,2")), foot))
    landing.drop("asn", "b.zip", archive(*members, ("rt_3.csv", asn("1,3.37E+15,A,B,C"))))
    landing.drop("asn", "c.zip", archive(*members, ("rt_3.csv", b"x")))
    landing.load()
    assert expect_loaded(landing, "a.zip", 5, rejected=1)["findings"] == "rt_4.csv: footer in line 3 skipped"
    assert landing.query("select line_no, reason from ops.rejected_record") == [(2, "….csv: 2 fields; expected 5")]
    expect_refused(landing, "b.zip", "rt_3.csv: line 2: column nik has a rounded number")
    expect_refused(landing, "c.zip", "rt_3.csv: no header in the first 30 lines")


def test_an_archive_with_a_password_is_refused(landing: Landing) -> None:
    packed = bytearray(archive(("a.csv", PLAIN)))
    packed[6] |= 1  # the flag in the member's own header
    packed[packed.index(b"PK\x01\x02") + 8] |= 1  # and in the list of members
    landing.drop("asn", "secret.zip", bytes(packed))
    landing.load()
    expect_refused(landing, "secret.zip", "without a password")


@pytest.mark.parametrize("name", ["damaged.zip", "damaged.csv.gz"])
def test_damage_in_the_middle_of_a_packed_file_refuses_it_alone(landing: Landing, name: str) -> None:
    lines = asn(*(f"{number}{GOOD}" for number in range(5000)))
    packed = bytearray(archive(("a.csv", lines)) if name.endswith("zip") else gzip.compress(lines))
    packed[2000:2100] = bytes(100)
    landing.drop("asn", name, bytes(packed))
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, name, "the packed file is damaged")


def test_an_archive_with_wrong_sizes_in_its_directory_is_refused(landing: Landing) -> None:
    landing.drop("asn", "wrong.zip", with_wrong_sizes(archive(("a.csv", PLAIN))))
    landing.load()
    expect_refused(landing, "wrong.zip", "the packed file is damaged")

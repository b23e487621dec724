"""The simulated drop: files as the exports look, and a truth that agrees with them."""

from __future__ import annotations

import json

import polars as pl
import pytest
from simulated_files import read_rows

from satu.simulate import Simulated, simulate

FEEDS = {
    "area", "officer", "registry", "online_household", "online_person", "verification", "interview_household",
    "interview_person", "pes_person", "asn", "outreach", "control_total",
}  # fmt: skip
PERSON_FEEDS = {"registry", "online_person", "verification", "interview_person", "pes_person"}
NIK_HEADERS = ("nik", "No. NIK", "NO_KTP")


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Three hundredths of Kota Magelang: about 3,600 residents."""
    return simulate(tmp_path_factory.mktemp("drop"), scale=0.03)


@pytest.fixture(scope="module")
def records(drop: Simulated) -> pl.DataFrame:
    return pl.read_parquet(drop.truth / "record.parquet")


@pytest.fixture(scope="module")
def people(drop: Simulated) -> pl.DataFrame:
    return pl.read_parquet(drop.truth / "person.parquet")


@pytest.fixture(scope="module")
def traps(drop: Simulated) -> pl.DataFrame:
    return pl.read_parquet(drop.truth / "trap.parquet")


@pytest.fixture(scope="module")
def contents(drop: Simulated, records: pl.DataFrame) -> pl.DataFrame:
    """Every record of the truth with what its file says: columns of the truth, then nik."""
    parts = []
    for (uri,), rows in records.group_by("uri", maintain_order=True):
        read = read_rows(drop.landing / str(uri))
        assert len(read) == rows.height, uri
        nik = [next((row[h] for h in NIK_HEADERS if h in row), None) or "" for row in read]
        parts.append(rows.with_columns(pl.Series("read_nik", nik, dtype=pl.String)))
    return pl.concat(parts)


def test_every_feed_and_every_container_is_there(drop: Simulated) -> None:
    files = [path for path in drop.landing.rglob("*") if path.is_file()]
    assert {path.relative_to(drop.landing).parts[0] for path in files} == FEEDS
    extensions = {"".join(path.suffixes[-2:]) if path.name.endswith(".gz") else path.suffix for path in files}
    assert extensions >= {".csv", ".csv.gz", ".zip", ".xlsx", ".jsonl", ".parquet"}
    assert drop.files == len(files)


def test_residents_follow_the_scale(drop: Simulated, people: pl.DataFrame) -> None:
    residents = people.filter("is_resident")
    assert drop.residents == residents.height == pytest.approx(121_526 * 0.03, abs=8)
    assert residents["kode_kelurahan"].n_unique() == 17
    assert people.filter(~pl.col("is_resident"))["kode_sls"].null_count() == people.height - residents.height
    summary = json.loads((drop.truth / "summary.json").read_text("utf-8"))
    assert sum(summary["residents_by_kelurahan"].values()) == summary["residents"] == residents.height


def test_generations_are_those_of_the_census(people: pl.DataFrame) -> None:
    year = people.filter("is_resident")["birth_date"].dt.year()
    share = [((year >= low) & (year <= high)).mean() for low, high in ((1900, 1964), (1965, 1996), (1997, 2020))]
    assert share == pytest.approx([0.134, 0.478, 0.388], abs=0.04)


def test_truth_counts_the_records_of_every_file(contents: pl.DataFrame, drop: Simulated) -> None:
    assert set(contents["feed"].unique()) == PERSON_FEEDS
    for rows in contents.partition_by("uri"):
        assert rows["record_no"].to_list() == list(range(1, rows.height + 1))
        assert (drop.landing / rows["uri"][0]).exists()


def test_truth_names_the_person_of_each_record(contents: pl.DataFrame, people: pl.DataFrame) -> None:
    whole = contents.filter(~pl.col("is_damaged")).join(people.select("true_id", "nik"), on="true_id", how="left")
    known = whole.filter(pl.col("nik").is_not_null() & pl.col("read_nik").str.contains(r"^\d{16}$"))
    for rows in known.partition_by("uri"):
        agree = rows.filter(pl.col("nik") == pl.col("read_nik")).height / rows.height
        assert rows.height < 30 or agree > 0.9, rows["uri"][0]


def test_truth_tells_lines_of_a_return_apart(records: pl.DataFrame, drop: Simulated) -> None:
    form = next(drop.landing.glob("online_person/*/*/simulated_anggota.csv"))
    rows = read_rows(form)
    told = records.filter(pl.col("uri") == str(form.relative_to(drop.landing)))
    assert told["return_id"].to_list() == [row["id_kiriman"] for row in rows]
    assert told["line_no"].to_list() == [int(row["no_urut"]) for row in rows]
    assert not records.select("feed", "uri", "return_id", "line_no").filter(pl.struct(pl.all()).is_duplicated()).height
    lines = records.group_by("feed", "return_id", "true_id").agg(lines=pl.col("line_no").n_unique())
    assert {"registry", "online_person", "verification"} <= set(lines.filter(pl.col("lines") > 1)["feed"])


def test_niks_go_missing_at_the_stated_rates(contents: pl.DataFrame) -> None:
    blank = pl.col("read_nik").str.len_chars() < 16
    share = dict(contents.filter(~pl.col("is_damaged")).group_by("feed").agg(blank.mean()).iter_rows())
    assert share["registry"] == 0
    assert share["online_person"] == pytest.approx(0.035, abs=0.015)
    assert share["verification"] == pytest.approx(0.020, abs=0.012)
    assert share["interview_person"] == pytest.approx(0.035, abs=0.025)
    assert share["pes_person"] == pytest.approx(0.20, abs=0.09)


def test_the_nik_alone_links_most_but_not_all(contents: pl.DataFrame) -> None:
    whole = contents.filter(~pl.col("is_damaged"))
    keyed = whole.filter(pl.col("read_nik").str.contains(r"^\d{16}$") & ~pl.col("read_nik").str.starts_with("9999"))
    true, said, both = pairs(whole, "true_id"), pairs(keyed, "read_nik"), pairs(keyed, "true_id", "read_nik")
    # So small a drop is surveyed by two thirds, and a fifth of the survey has no NIK.
    assert 0.92 < 2 * both / (true + said) < 0.99


def pairs(frame: pl.DataFrame, *keys: str) -> int:
    size = frame.group_by(keys).len()["len"].cast(pl.Int64)
    return int((size * (size - 1) // 2).sum())


def test_every_status_of_the_list_check_occurs(drop: Simulated) -> None:
    lines = [row for path in sorted(drop.landing.glob("verification/*/*/simulated_dp.csv")) for row in read_rows(path)]
    assert {row.get("status") for row in lines} >= {
        "ADA_SESUAI_KK", "ADA_TIDAK_SESUAI_KK", "BARU_LAHIR", "BARU_PINDAH_MASUK", "BARU_BELUM_TERCATAT",
        "KK_SINI_TINGGAL_LUAR", "MENINGGAL", "TIDAK_ADA", "DIRAGUKAN",
    }  # fmt: skip
    assert {"DUKCAPIL", "ONLINE", "BARU"} <= {row.get("sumber") for row in lines}
    assert "hasil cek ulang" in {row.get("catatan") for row in lines}


def test_interviews_come_again_with_a_newer_time(drop: Simulated) -> None:
    rows = [
        row for path in sorted(drop.landing.glob("interview_household/*/*/simulated_c1.csv")) for row in read_rows(path)
    ]
    seen: dict[str, str] = {}
    resent = 0
    for row in rows:
        if row["id_wawancara"] in seen:
            resent += 1
            assert row["mulai"] > seen[row["id_wawancara"]]
        seen[row["id_wawancara"]] = row["mulai"]
    assert resent
    assert {"LENGKAP", "SEBAGIAN", "MENOLAK", "TIDAK_DITEMUI"} <= {row["hasil"] for row in rows}


def test_damaged_lines_are_the_ones_named(drop: Simulated, records: pl.DataFrame, traps: pl.DataFrame) -> None:
    damaged = records.filter("is_damaged")
    named = set(traps.filter(pl.col("expected") == "rejected_record")["uri"])
    assert {f"{uri}#{number}" for uri, number in damaged.select("uri", "record_no").iter_rows()} == named
    kinds = {row["uri"]: row["trap"] for row in traps.iter_rows(named=True)}
    for uri, number in damaged.select("uri", "record_no").iter_rows():
        header, *lines = (drop.landing / uri).read_bytes().splitlines()
        assert looks_damaged(lines[number - 1], header, kinds[f"{uri}#{number}"])


def looks_damaged(line: bytes, header: bytes, kind: str) -> bool:
    separator = max((b",", b";"), key=header.count)
    signs = {
        "open_quote": line.count(b'"') % 2 == 1,
        "too_many_fields": line.count(separator) > header.count(separator),
        "too_few_fields": line.count(separator) < header.count(separator),
        "nul_byte": b"\x00" in line,
        "broken_utf8": b"\xc3\x28" in line,
    }
    return signs[kind]


def test_whole_file_traps_hold_no_new_records(drop: Simulated, records: pl.DataFrame, traps: pl.DataFrame) -> None:
    expected = {row["expected"]: row["uri"] for row in traps.iter_rows(named=True)}
    copy, refused = drop.landing / expected["duplicate"], drop.landing / expected["refused"]
    assert copy.read_bytes() == (copy.parent / "simulated_dp.csv").read_bytes()
    assert "3,37E+15" in refused.read_text("utf-8")
    assert expected["loaded_late"].split("period=")[1][:10] > "2020-09-30"
    counted = set(records["uri"])
    assert not counted & {expected["duplicate"], expected["refused"], expected["ignored"]}


def test_offices_export_in_their_own_dialects(drop: Simulated) -> None:
    folder = next(drop.landing.glob("registry/*/*"))
    middle = (folder / "simulated_dkb_magelang_tengah.csv").read_bytes()
    assert middle.startswith(b"\xef\xbb\xbfNo. NIK;NO_KK;NAMA")
    assert b"\r\n" in middle
    north = read_rows(folder / "simulated_dkb_magelang_utara.csv.gz")
    assert {len(row["no_rt"]) for row in north} == {1}
    assert {row["tgl_lhr"].split(" ")[1] for row in north if row["tgl_lhr"]} >= {"Juni", "Agt", "Agustus"}
    utf16 = next(drop.landing.glob("online_household/*/period=2020-03-26/*")).read_bytes()
    assert utf16.decode("utf-16").startswith("id_kiriman\tno_kk")

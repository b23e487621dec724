"""What the arguments of `simulate` change: seed, scale, city, errors and officers who invent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl
import pytest

from satu.simulate import simulate

if TYPE_CHECKING:
    from pathlib import Path

from simulated_files import read_rows


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, scale=0.01, fabricators=1)
    assert fingerprint(tmp_path / "one") == fingerprint(tmp_path / "two")


def test_another_seed_gives_another_drop(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(tmp_path / str(seed), scale=0.005, seed=seed)
    one, two = fingerprint(tmp_path / "1" / "landing"), fingerprint(tmp_path / "2" / "landing")
    assert {uri for uri in one if one[uri] == two.get(uri)} <= {u for u in one if u.endswith((".part", ".DS_Store"))}


def test_errors_can_be_turned_off(tmp_path: Path) -> None:
    clean = simulate(tmp_path, scale=0.005, errors=0.0)
    rows = pl.read_csv(next(clean.landing.glob("pes_person/*/*/simulated_pes.csv")), infer_schema=False)
    people = pl.read_parquet(clean.truth / "person.parquet")
    stated = set(rows["nik"].drop_nulls())
    assert stated
    assert stated <= {*people["nik"].drop_nulls(), *people["nik2"].drop_nulls()}
    assert not pl.read_parquet(clean.truth / "record.parquet")["is_damaged"].any()


def test_the_survey_comes_twice_and_stays_independent(tmp_path: Path) -> None:
    made = simulate(tmp_path, scale=0.1, seed=1)
    visits = [
        read_rows(next(made.landing.glob(f"pes_person/*/*/simulated_{name}.csv")))
        for name in ("pes", "pes_kunjungan_ulang")
    ]
    first, second = ({(row["id_pes"], row["no_urut"]): row for row in rows} for rows in visits)
    assert len({row["kode_sls"] for row in first.values()}) == 20
    residents, strangers = (
        {key: row for key, row in second.items() if row["status"] == status} for status in ("PENDUDUK", "BUKAN")
    )
    assert residents.keys() <= first.keys()
    assert strangers.keys().isdisjoint(first)
    assert all(row["tanggal"] > first[key]["tanggal"] for key, row in residents.items())
    records = pl.read_parquet(made.truth / "record.parquet").filter(pl.col("uri").str.contains("kunjungan_ulang"))
    people = pl.read_parquet(made.truth / "person.parquet")
    visited = records.join(people, on="true_id", maintain_order="left").with_columns(
        pl.Series("at", [row["kode_sls"] for row in visits[1]]), pl.Series("status", [r["status"] for r in visits[1]])
    )
    told_off = visited.filter(pl.col("status") == "BUKAN")
    assert 0 < told_off.height == told_off.filter(pl.col("at").ne_missing(pl.col("kode_sls"))).height


def test_fabricators_differ_from_others_and_hide_it(tmp_path: Path) -> None:
    drop = simulate(tmp_path, scale=0.15, seed=5, fabricators=2)
    fakes = pl.read_parquet(drop.truth / "fabricator.parquet")["id_petugas"]
    assert len(fakes) == 2
    rows = [row for path in sorted(drop.landing.glob("verification/*/*/simulated_dp.csv")) for row in read_rows(path)]
    lines = pl.DataFrame([row for row in rows if None not in row and "waktu" in row]).select(
        pl.col("id_petugas").is_in(fakes.implode()).alias("fake"),
        present=pl.col("status").str.starts_with("ADA"),
        added=pl.col("sumber") == "BARU",
        rounded=pl.col("waktu").str.contains("[05]:00$"),
        status="status",
    )
    honest, invented = (lines.filter(fake=is_fake) for is_fake in (False, True))
    assert invented["present"].mean() > honest["present"].mean()
    assert invented["added"].mean() < 0.6 * honest["added"].mean()
    assert invented["rounded"].mean() > 2 * honest["rounded"].mean()
    assert {"MENINGGAL", "KK_SINI_TINGGAL_LUAR", "ADA_SESUAI_KK"} <= set(invented["status"])


def test_officers_have_habits_and_some_areas_hardly_change(tmp_path: Path) -> None:
    drop = simulate(tmp_path, scale=0.15, seed=5)
    assert pl.read_parquet(drop.truth / "fabricator.parquet").is_empty()
    rows = [row for path in sorted(drop.landing.glob("verification/*/*/simulated_dp.csv")) for row in read_rows(path)]
    lines = pl.DataFrame([row for row in rows if None not in row and "waktu" in row])
    officers = lines.filter(pl.col("sumber") == "DUKCAPIL", pl.col("id_petugas").str.starts_with("PS")).group_by(
        "id_petugas"
    )
    shares = officers.agg(
        present=pl.col("status").str.starts_with("ADA").mean(), rounded=pl.col("waktu").str.contains("[05]:00$").mean()
    )
    assert shares["present"].max() - shares["present"].median() > 0.03
    assert shares["rounded"].max() > 0.2 > 0.05 > shares["rounded"].median()


def test_palembang_keeps_every_kelurahan_and_verifies_only(tmp_path: Path) -> None:
    drop = simulate(tmp_path, city="1671", scale=0.003)
    area = pl.read_csv(next(drop.landing.glob("area/*/*/*.csv")), infer_schema=False)
    kelurahan = area.select(pl.col("kode_sls").str.slice(0, 10), "kode_kemendagri").unique()
    assert kelurahan.height == 107
    assert area["zona"].unique().to_list() == ["2"]
    differ = pl.col("kode_sls").str.slice(4, 6) != pl.col("kode_kemendagri").str.slice(6).str.replace(".", "")
    assert kelurahan.filter(differ).height > 50
    visited = sum(len(read_rows(path)) for path in drop.landing.glob("interview_household/*/*/*.csv"))
    assert visited < 0.05 * drop.residents


def test_progress_names_the_stages(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    simulate(tmp_path, scale=0.002, progress=lambda stage, done, total: seen.append((stage, done, total)))
    assert [done for _, done, _ in seen] == list(range(len(seen)))
    assert seen[-1][1] + 1 == seen[-1][2]


def test_an_unknown_city_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"9999.*3371, 1671"):
        simulate(tmp_path, city="9999")

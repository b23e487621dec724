"""The civil registry's extract of 2019 semester 2: one file a kecamatan, each office with its own habits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.babies import unnamed
from satu.simulate.damage import SEVERAL
from satu.simulate.dates import slashed, worded
from satu.simulate.errors import REGISTRY, record
from satu.simulate.families import WOMAN
from satu.simulate.relations import ADULT
from satu.simulate.work import HOUSEKEEPING, STUDYING, WORKING, jobs
from satu.simulate.writing import Delivery, Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from satu.simulate.areas import Areas
    from satu.simulate.errors import Objects

PERIOD = "2019-12-31"
_EXTRACTED = -1  # days into 2020
_LONGER_NAME = 0.2
COLUMNS = (
    "nik",
    "no_kk",
    "nama_lengkap",
    "tmpt_lhr",
    "tgl_lhr",
    "jk",
    "shdk",
    "stat_kwn",
    "agama",
    "pddk_akh",
    "jenis_pkrjn",
    "alamat",
    "no_rt",
    "no_rw",
    "kode_wilayah",
    "semester",
)
_STUDENT, _HOUSEWIFE, _NONE, _RETIRED = (
    "PELAJAR/MAHASISWA", "MENGURUS RUMAH TANGGA", "BELUM/TIDAK BEKERJA", "PENSIUNAN",
)  # fmt: skip
_OLD_JOB, _COARSE_JOB = 0.12, 0.15
"""Shares of the adults whose job in the registry is out of date, or only KARYAWAN SWASTA or WIRASWASTA."""
_UNKNOWN = 0.004
_STREETS = (
    "JL. MAWAR",
    "JL. MELATI",
    "JL. PAHLAWAN",
    "JL. DIPONEGORO",
    "GG. KENARI",
    "JL. SUDIRMAN",
    "KP. BARU",
    "JL. VETERAN",
    "GG. RAMBUTAN",
    "JL. MERDEKA",
    "JL. KARTINI",
    "JL. A. YANI",
)
_ALIASES = {"nik": "No. NIK", "no_kk": "NO_KK", "nama_lengkap": "NAMA", "tgl_lhr": "Tgl Lahir", "jk": "JK"}
_SHEET = {"nik": "NO_KTP", "no_kk": "NOMOR KK", "nama_lengkap": "NAMA LENGKAP", "tgl_lhr": "TANGGAL LAHIR"}
_UPPER = {column: column.upper() for column in COLUMNS}


def registered(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> pl.DataFrame:
    """Rows of the extract: everybody with a card here, some twice.

    0.25 % are repeated in another SLS and card, 0.3 % with their second NIK on the same card, some of these with an
    extra word at the end of the name. Adds `sls`, the work area of the row's address, and `listed_kk`.
    """
    rows = people.filter("in_registry").with_columns(sls=pl.col("card"), listed_kk=pl.col("kk"))
    rows = unnamed(rows, pl.lit(_EXTRACTED), rng)
    has_two = pl.col("nik2").is_not_null()
    elsewhere = pl.Series(rng.random(rows.height) < 0.002) | (has_two & (pl.col("nik2_on") == "other"))
    twice = rows.filter(elsewhere)
    same_card = rows.filter(~elsewhere & has_two)
    longer = pl.Series(rng.random(same_card.height) < _LONGER_NAME)
    word = rows["name"].str.split(" ").list.last().gather(rng.integers(0, rows.height, same_card.height))
    same_card = same_card.with_columns(
        nik=pl.col("nik2"), name=pl.when(longer).then(pl.format("{} {}", "name", word)).otherwise("name")
    )
    again = twice.with_columns(
        sls=pl.Series(rng.choice(len(areas.weight), size=twice.height, p=areas.weight)),
        listed_kk=twice["listed_kk"].str.slice(0, 12)
        + pl.Series(rng.integers(7000, 9999, twice.height)).cast(pl.String),
        nik=pl.coalesce("nik2", "nik"),
    )
    return pl.concat([rows, again.select(rows.columns), same_card]).with_columns(nik2=pl.lit(None, pl.String))


def deliver(rows: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator) -> Iterator[Delivery]:
    """One delivery per kecamatan, and one kelurahan of the last kecamatan as a separate spreadsheet."""
    rows = _exported(record(rows, REGISTRY.times(errors), rng), areas, _UNKNOWN * errors, rng)
    kecamatan = areas.kelurahan["nama_kecamatan"].unique(maintain_order=True).to_list()
    sheet = areas.kelurahan.filter(pl.col("nama_kecamatan") == kecamatan[-1])["nama_kelurahan"][0]
    for number, name in enumerate(kecamatan):
        part = rows.filter((pl.col("kecamatan") == name) & (pl.col("kelurahan_name") != sheet))
        yield _delivery(part, f"dkb_{name.lower().replace(' ', '_').replace('-', '_')}", number % 3)
    yield _delivery(rows.filter(pl.col("kelurahan_name") == sheet), f"dkb_kel_{sheet.lower().replace(' ', '_')}", 3)


def _exported(rows: pl.DataFrame, areas: Areas, unknown_share: float, rng: np.random.Generator) -> pl.DataFrame:
    n, at = rows.height, rows["sls"].to_numpy()
    place = areas.kelurahan[areas.kelurahan_of[at]]
    unknown = pl.Series(rng.random(n) < unknown_share)
    text = rows.select(
        "true_id",
        "r_birth",
        nik="r_nik",
        no_kk="listed_kk",
        nama_lengkap="r_name",
        tmpt_lhr="birth_place",
        jk=pl.col("r_sex").cast(pl.String),
        shdk=pl.col("shdk").cast(pl.String),
        stat_kwn=pl.col("marital").cast(pl.String),
        agama=pl.when(unknown).then(pl.lit("-")).otherwise(pl.col("religion").cast(pl.String)),
        pddk_akh=pl.when(unknown.shift(1, fill_value=False))
        .then(pl.lit("98"))
        .otherwise(pl.col("education_listed").cast(pl.String)),
        jenis_pkrjn=pl.Series(_listed_jobs(rows, rng), dtype=pl.String),
        alamat=pl.Series(_drawn(_STREETS, n, rng)) + pl.format(" NO. {}", pl.Series(rng.integers(1, 190, n))),
        no_rt=areas.sls["rt"].gather(at),
        no_rw=areas.sls["rw"].gather(at),
        kode_wilayah=place["kode_kemendagri"],
        semester=pl.lit("2019S2"),
        kecamatan=place["nama_kecamatan"],
        kelurahan_name=place["nama_kelurahan"],
    )
    formula = pl.Series(rng.random(n) < 0.0003)
    text = text.with_columns(alamat=pl.when(formula).then(pl.lit("=") + pl.col("alamat")).otherwise("alamat"))
    return text[rng.permutation(n)]


def _listed_jobs(rows: pl.DataFrame, rng: np.random.Generator) -> Objects:
    """Jobs in the words of the registry; some are those of years ago, when people studied or had no work yet."""
    n, age, activity = rows.height, rows["age"].to_numpy(), rows["activity"].to_numpy()
    job = jobs()["registry"].to_numpy().astype(object)[rows["job"].to_numpy()]
    coarse = np.where(rng.random(n) < 0.6, "KARYAWAN SWASTA", "WIRASWASTA")
    job = np.where(rng.random(n) < _COARSE_JOB, coarse, job)
    no_work = np.select(
        [activity == STUDYING, activity == HOUSEKEEPING, rows["has_left_work"].to_numpy()],
        [_STUDENT, np.where(rows["sex"].to_numpy() == WOMAN, _HOUSEWIFE, _NONE), _RETIRED],
        _NONE,
    )
    old = np.where(age < 30, _STUDENT, np.where(rng.random(n) < 0.5, "KARYAWAN SWASTA", _NONE))
    stale = (age >= ADULT) & (rng.random(n) < _OLD_JOB)
    return np.where(age < 6, _NONE, np.where(stale, old, np.where(activity == WORKING, job, no_work))).astype(object)


def _drawn(words: tuple[str, ...], size: int, rng: np.random.Generator) -> list[str]:
    return [words[i] for i in rng.integers(0, len(words), size).tolist()]


def _delivery(part: pl.DataFrame, name: str, habit: int) -> Delivery:
    """Habits: 0 plain CSV; 1 semicolons, BOM, CRLF, aliases; 2 pipes, gzip, month names, lost zeros; 3 spreadsheet."""
    letters = pl.col("jk").replace_strict(["1", "2"], ["L", "P"])
    digits = pl.col("kode_wilayah").str.replace_all(".", "", literal=True)
    short = pl.col("nik").str.slice(15, 1).is_in(["2", "5"])
    if habit == 0:
        part = part.with_columns(tgl_lhr="r_birth")
    elif habit == 1:
        part = part.with_columns(tgl_lhr=slashed("r_birth"), jk=letters, kode_wilayah=digits)
    elif habit == 2:
        part = part.with_columns(
            tgl_lhr=worded("r_birth", short),
            no_rt=pl.col("no_rt").str.strip_chars_start("0"),
            no_rw=pl.col("no_rw").str.strip_chars_start("0"),
        )
    else:
        part = part.with_columns(tgl_lhr=slashed("r_birth"), jk=letters)
    damage = SEVERAL if habit == 0 else SEVERAL[:2] if habit == 1 else ()
    return Delivery(
        "registry", PERIOD, name, part.select(COLUMNS), part["true_id"], ("no_kk", None), _DIALECTS[habit], damage
    )


_DIALECTS = (
    Dialect(),
    Dialect(separator=";", line_end="\r\n", encoding="utf-8-sig", headers={**_UPPER, **_ALIASES}),
    Dialect("csv.gz", separator="|"),
    Dialect(
        "xlsx",
        headers=_SHEET,
        footer=True,
        titles=(
            "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL",
            "DATA KEPENDUDUKAN BERSIH SEMESTER II TAHUN 2019 (SIMULASI)",
        ),
    ),
)

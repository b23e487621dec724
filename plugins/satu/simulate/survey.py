"""The post-enumeration survey of November: an independent list of everybody in a sample of SLS, then a second visit.

The second visit settles what the office could not match (United Nations 2010, Post Enumeration Surveys: Operational
Guidelines): lines of the survey without a counterpart are recorded again, and people counted by the census in a sampled
SLS who do not live there are listed as `BUKAN`. Residents missed by the first visit are not added: the survey would no
longer be independent of the census.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.dates import iso_day
from satu.simulate.errors import SURVEY, Rates, record
from satu.simulate.families import CENSUS_DAY
from satu.simulate.writing import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from satu.simulate.areas import Areas
    from satu.simulate.interview import Interviews

FIRST_DAY = 305  # 1 November, days into 2020
_SECOND_VISIT = 16  # days after the first
_SHARE, _LEAST_SLS = 0.05, 20
_LINE = ("id_pes", "no_urut")
_SETTLED = 0.9
"""Share of the lines not matched by the office that the second visit resolves."""
_PRESENT = (
    "ADA_SESUAI_KK",
    "ADA_TIDAK_SESUAI_KK",
    "BARU_LAHIR",
    "BARU_PINDAH_MASUK",
    "BARU_BELUM_TERCATAT",
)


def found_by_census(checks: pl.DataFrame, interviews: Interviews) -> pl.DataFrame:
    """Return true_id and sls of the people found living there by list checks (last visit) or interviews."""
    last = checks.sort("day", "second").unique(["sls", "no_dp"], keep="last", maintain_order=True)
    return pl.concat(
        [
            last.filter(pl.col("status").is_in(_PRESENT)).select("true_id", "sls"),
            interviews.members.filter(pl.col("ada") == 1).select("true_id", sls="home"),
        ]
    ).unique(maintain_order=True)


def deliver(
    people: pl.DataFrame, counted: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator
) -> Iterator[Delivery]:
    """Deliver the list of a twentieth of the SLS, at least 20, and the results of the second visit.

    `counted` has true_id and sls of the people found by the census.
    """
    number = len(areas.weight)
    size = min(number, max(_LEAST_SLS, round(number * _SHARE)))
    sampled = pl.Series(np.sort(rng.choice(number, size=size, replace=False)))
    first = (
        _written(_listed(people, sampled, number, rng), SURVEY.times(errors), rng)
        .with_columns(house=(pl.col("sls") * 1_000_000 + pl.col("family")).rle_id(), day=FIRST_DAY + pl.col("sls") % 14)
        .with_columns(line=pl.int_range(1, pl.len() + 1).over("house"))
    )
    second = pl.concat(
        [_unmatched_lines(first, counted, rng), _unmatched_people(people, first, counted, sampled, rng)]
    ).sort("house", "line", maintain_order=True)
    second = _written(second, replace(SURVEY, nik_missing=0.05).times(errors), rng).select(first.columns)
    for days, name, rows in ((14, "pes", first), (_SECOND_VISIT + 13, "pes_kunjungan_ulang", second)):
        if rows.height:
            yield Delivery("pes_person", iso_day(FIRST_DAY + days), name, _export(rows, areas), rows["true_id"], _LINE)


def _listed(people: pl.DataFrame, sampled: pl.Series, number: int, rng: np.random.Generator) -> pl.DataFrame:
    """List who lives in the sampled SLS in November, and a few visitors as `BUKAN`.

    One household in a hundred is missed, and of the others half a percent of the members, young men more often. Some
    have moved to another SLS of the city since the census.
    """
    residents = people.filter("is_resident")
    moved = pl.Series(rng.random(residents.height) < 0.004)
    elsewhere = pl.Series(rng.integers(0, number, residents.height))
    missed = pl.Series(rng.random(residents.height))
    household = residents["hh"].rank("dense").cast(pl.Int64) - 1
    missed_household = pl.Series(rng.random(residents.height) < 0.01).gather(household)
    young_man = (pl.col("sex") == 1) & pl.col("age").is_between(15, 29)
    found = residents.with_columns(
        sls=pl.when(moved).then(elsewhere).otherwise("home"), status=pl.lit("PENDUDUK"), moved=moved
    ).filter(
        pl.col("sls").is_in(sampled.implode())
        & ~missed_household
        & (missed >= pl.when(young_man).then(0.025).otherwise(0.005))
    )
    visitors = people.filter(
        (pl.col("fate") == "lives_elsewhere") & pl.col("card").is_in(sampled.implode())
    ).with_columns(sls=pl.col("card"), status=pl.lit("BUKAN"), moved=pl.lit(value=False))
    visitors = visitors.filter(pl.Series(rng.random(visitors.height) < 0.15))
    return pl.concat([found, visitors]).sort("sls", "family", maintain_order=True)


def _unmatched_lines(first: pl.DataFrame, counted: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Lines of people missed by the census or not found by the office: without NIK, and with another error."""
    plain = pl.col("r_name").str.contains(pl.col("name"), literal=True) & (
        pl.col("r_birth") == pl.col("birth").dt.to_string("%Y-%m-%d")
    )
    unmatched = ~pl.col("true_id").is_in(counted["true_id"].implode()) | (
        (pl.col("r_nik") != pl.col("nik")).fill_null(value=True) & (~plain | pl.col("moved"))
    )
    lines = first.filter((pl.col("status") == "PENDUDUK") & unmatched)
    lines = lines.filter(pl.Series(rng.random(lines.height) < _SETTLED))
    return lines.drop("r_nik", "r_name", "r_birth", "r_sex").with_columns(pl.col("day") + _SECOND_VISIT)


def _unmatched_people(
    people: pl.DataFrame, first: pl.DataFrame, counted: pl.DataFrame, sampled: pl.Series, rng: np.random.Generator
) -> pl.DataFrame:
    """People counted in a sampled SLS who do not live there and are not on its list; each in a separate house."""
    here = counted.filter(pl.col("sls").is_in(sampled.implode())).join(
        first.select("true_id", "sls"), on=["true_id", "sls"], how="anti", maintain_order="left"
    )
    strangers = here.join(people, on="true_id", how="inner", maintain_order="left").filter(
        (pl.col("home") != pl.col("sls")) & pl.Series(rng.random(here.height) < _SETTLED)
    )
    return strangers.with_columns(
        status=pl.lit("BUKAN"),
        moved=pl.lit(value=False),
        house=(pl.int_range(1, pl.len() + 1) + first.select(pl.col("house").max().fill_null(0)).item()).cast(
            first.schema["house"]
        ),
        day=FIRST_DAY + _SECOND_VISIT + pl.col("sls") % 14,
        line=pl.lit(1, pl.Int64),
    ).select([name for name in first.columns if not name.startswith("r_")])


def _written(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> pl.DataFrame:
    """Record people; for one in a hundred nobody at home knows the birth date."""
    unknown = pl.Series(rng.random(people.height) < 0.01)
    return record(people, rates, rng).with_columns(r_birth=pl.when(unknown).then(pl.lit("")).otherwise("r_birth"))


def _export(listed: pl.DataFrame, areas: Areas) -> pl.DataFrame:
    return listed.select(
        id_pes=pl.format("P{}{}", pl.lit(areas.city.code), (pl.col("house") + 1).cast(pl.String).str.zfill(6)),
        kode_sls=areas.sls["code"].gather(listed["sls"]),
        no_urut=pl.col("line").cast(pl.String),
        nik="r_nik",
        nama="r_name",
        jk=pl.col("r_sex").cast(pl.String),
        tgl_lahir="r_birth",
        umur=((pl.lit(CENSUS_DAY) - pl.col("birth")).dt.total_days() // 365.25).cast(pl.Int64).cast(pl.String),
        status="status",
        tanggal=(pl.date(2020, 1, 1) + pl.duration(days=pl.col("day"))).dt.to_string("%Y-%m-%d"),
    )

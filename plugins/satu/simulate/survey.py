"""The post-enumeration survey, 1 to 15 November: an independent list of everybody in a sample of SLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.dates import iso_day
from satu.simulate.errors import SURVEY, record
from satu.simulate.people import CENSUS_DAY
from satu.simulate.writing import Delivery

if TYPE_CHECKING:
    from satu.simulate.areas import Areas

FIRST_DAY = 305  # 1 November, days into 2020
_SHARE = 0.05


def deliver(people: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator) -> Delivery:
    """List 98.5 % of the residents of a twentieth of the SLS, and a few visitors as `BUKAN` (not a resident)."""
    size = max(2, round(len(areas.weight) * _SHARE))
    sampled = pl.Series(np.sort(rng.choice(len(areas.weight), size=min(size, len(areas.weight)), replace=False)))
    found = people.filter(pl.col("is_resident") & pl.col("home").is_in(sampled.implode())).with_columns(
        sls=pl.col("home"), status=pl.lit("PENDUDUK")
    )
    found = found.filter(pl.Series(rng.random(found.height) < 0.985))
    visitors = people.filter(
        (pl.col("fate") == "lives_elsewhere") & pl.col("card").is_in(sampled.implode())
    ).with_columns(sls=pl.col("card"), status=pl.lit("BUKAN"))
    visitors = visitors.filter(pl.Series(rng.random(visitors.height) < 0.15))
    listed = record(pl.concat([found, visitors]).sort("sls", "family", maintain_order=True), SURVEY.times(errors), rng)
    number = (pl.col("sls") * 1_000_000 + pl.col("family")).rle_id()
    unknown = pl.Series(rng.random(listed.height) < 0.01)
    day = FIRST_DAY + pl.col("sls") % 14
    rows = listed.select(
        "true_id",
        id_pes=pl.format("P{}{}", pl.lit(areas.city.code), number.cast(pl.String).str.zfill(6)),
        kode_sls=areas.sls["code"].gather(listed["sls"]),
        nik="r_nik",
        nama="r_name",
        jk=pl.col("r_sex").cast(pl.String),
        tgl_lahir=pl.when(unknown).then(pl.lit("")).otherwise("r_birth"),
        umur=((pl.lit(CENSUS_DAY) - pl.col("birth")).dt.total_days() // 365.25).cast(pl.Int64).cast(pl.String),
        status="status",
        tanggal=(pl.date(2020, 1, 1) + pl.duration(days=day)).dt.to_string("%Y-%m-%d"),
    ).with_columns(no_urut=pl.int_range(1, pl.len() + 1).over("id_pes").cast(pl.String))
    columns = ("id_pes", "kode_sls", "no_urut", "nik", "nama", "jk", "tgl_lahir", "umur", "status", "tanggal")
    return Delivery("pes_person", iso_day(FIRST_DAY + 14), "pes", rows.select(columns), rows["true_id"])

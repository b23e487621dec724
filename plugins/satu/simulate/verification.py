"""September's list check: every line of the population list, its status, who set it and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.babies import unnamed
from satu.simulate.damage import SEVERAL
from satu.simulate.dates import iso_day, local, slashed
from satu.simulate.errors import VERIFICATION, record
from satu.simulate.officers import SLS_PER_OFFICER, officer_id, officer_of
from satu.simulate.relations import ADULT
from satu.simulate.writing import Delivery, Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from satu.simulate.areas import Areas, Bools, Floats, Ints
    from satu.simulate.officers import Officers

FIRST_DAY, LAST_DAY = 244, 258  # 1 and 15 September, days into 2020
_OPENING, _SHIFT = 8 * 3600, 10 * 3600
_COLUMNS = (
    "kode_sls",
    "no_dp",
    "no_kk",
    "nik",
    "nama",
    "jk",
    "tgl_lahir",
    "sumber",
    "status",
    "id_petugas",
    "waktu",
    "catatan",
)
_RECHECK = "hasil cek ulang"
_CHILDREN_WITH_CARD = 9
"""Of ten children whom the registry does not know, those written under the family card of their parents."""
_HEARSAY, _HEARD_OF_NEWCOMERS = 0.3, 0.15


def check_lists(
    people: pl.DataFrame,
    listed: pl.DataFrame,
    online: pl.Series,
    areas: Areas,
    officers: Officers,
    errors: float,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """All recordings: one row a list line and visit, with sls, no_dp, status, source, officer, day, second and note.

    `listed` holds the registry's rows; people at home who are not among them are added from the online forms
    (`online` true ids) or by the officer. With `errors` 1, about 0.3 % of residents are missed and 0.2 % are
    counted by mistake.
    """
    lines = pl.concat([_registry_lines(listed, errors, rng), _added_lines(people, listed, online, areas, errors, rng)])
    invention, habit = rng.spawn(2)
    lines = _invented(lines.with_columns(officer=officer_of(pl.col("sls"))), officers, invention)
    lines = lines.sort("sls", "order", "listed_kk", "true_id", maintain_order=True).with_columns(
        no_dp=pl.int_range(1, pl.len() + 1).over("sls"), note=pl.lit("")
    )
    lines = _timed(lines, officers, rng, habit)
    return _with_rechecks(lines.with_columns(pl.Series("real", ~_is_invented(lines, officers))), errors, rng)


def _chance(size: int, errors: float, rng: np.random.Generator) -> pl.Series:
    """Draw random numbers to compare with a rate; dividing by the factor increases every rate."""
    return pl.Series(rng.random(size) / max(errors, 1e-9))


def _registry_lines(listed: pl.DataFrame, errors: float, rng: np.random.Generator) -> pl.DataFrame:
    """Set the status of each line; a family that left is counted by mistake as a whole, never a child alone."""
    families = _chance(int(listed["family"].to_numpy().max()) + 1, errors, rng)
    believed = families.gather(listed["family"])
    draw, chance = pl.Series(rng.random(listed.height)), _chance(listed.height, errors, rng)
    at_home, away = pl.col("home") == pl.col("sls"), pl.col("home") >= 0
    outside = (
        pl.when(believed < 0.07)
        .then(pl.lit("ADA_SESUAI_KK"))
        .when(draw < 0.8)
        .then(pl.lit("KK_SINI_TINGGAL_LUAR"))
        .otherwise(pl.lit("TIDAK_ADA"))
    )
    status = (
        pl.when(at_home & (chance < 0.0038))
        .then(pl.lit("TIDAK_ADA"))
        .when(at_home)
        .then(pl.lit("ADA_SESUAI_KK"))
        .when(away)
        .then(pl.lit("KK_SINI_TINGGAL_LUAR"))
        .when((pl.col("fate") == "died") & (draw < 0.96))
        .then(pl.lit("MENINGGAL"))
        .when(pl.col("fate") == "died")
        .then(pl.lit("TIDAK_ADA"))
        .otherwise(outside)
    )
    return listed.with_columns(again=pl.lit(value=False), status=status, source=pl.lit("DUKCAPIL"), order=pl.lit(0))


def _added_lines(
    people: pl.DataFrame,
    listed: pl.DataFrame,
    online: pl.Series,
    areas: Areas,
    errors: float,
    rng: np.random.Generator,
) -> pl.DataFrame:
    here = listed.filter(pl.col("home") == pl.col("sls"))["true_id"]
    residents = people.filter("is_resident").with_columns(sls=pl.col("home"), listed_kk=pl.col("kk_now"))
    missing = residents.filter(~pl.col("true_id").is_in(here.implode()))
    missing = missing.filter(_chance(missing.height, errors, rng) > 0.012)
    twice = residents.filter(_chance(residents.height, errors, rng) < 0.001)
    neighbour = np.minimum(twice["sls"].to_numpy() + 1, len(areas.weight) - 1)
    twice = twice.with_columns(sls=pl.Series(neighbour)).filter(pl.col("sls") != pl.col("home"))
    rates = VERIFICATION.times(errors)
    again = residents.filter(pl.Series(rng.random(residents.height) < rates.line_twice))
    added = pl.concat(
        [
            unnamed(frame, pl.lit(FIRST_DAY), rng).with_columns(again=pl.lit(is_again))
            for frame, is_again in ((missing, False), (twice, False), (again, True))
        ]
    )
    status = pl.col("fate").replace_strict(
        ["born", "moved_in", "unregistered"],
        ["BARU_LAHIR", "BARU_PINDAH_MASUK", "BARU_BELUM_TERCATAT"],
        default="ADA_TIDAK_SESUAI_KK",
    )
    from_online = pl.col("true_id").is_in(online.implode()) & (pl.col("sls") == pl.col("home"))
    return added.with_columns(
        status=status,
        source=pl.when(from_online).then(pl.lit("ONLINE")).otherwise(pl.lit("BARU")),
        order=pl.when(from_online).then(1).otherwise(2),
    ).select(*listed.columns, "again", "status", "source", "order")


def _is_invented(lines: pl.DataFrame, officers: Officers) -> Bools:
    return officers.invents(lines["sls"].to_numpy())


def _invented(lines: pl.DataFrame, officers: Officers, rng: np.random.Generator) -> pl.DataFrame:
    """Invented visits: everybody on the list is present, except for known absences, and there are few newcomers."""
    invented = pl.Series(_is_invented(lines, officers))
    draw = pl.Series(rng.random(lines.height))
    listed = pl.col("source") == "DUKCAPIL"
    return lines.with_columns(
        status=pl.when(invented & listed & (draw > _HEARSAY)).then(pl.lit("ADA_SESUAI_KK")).otherwise("status")
    ).filter(~invented | (pl.col("source") != "BARU") | (draw < _HEARD_OF_NEWCOMERS))


def _timed(
    lines: pl.DataFrame, officers: Officers, rng: np.random.Generator, habit: np.random.Generator
) -> pl.DataFrame:
    """Give every line its time: one SLS per day and officer from 8 o'clock, with a pause at each family."""
    sls = lines["sls"].to_numpy()
    areas = int(sls.max()) + 1
    day = FIRST_DAY + (np.arange(areas) % SLS_PER_OFFICER) * 2 + rng.integers(0, 2, areas)
    start = _OPENING + rng.integers(0, 1200, areas)
    new_family = (lines["listed_kk"] != lines["listed_kk"].shift(1)).fill_null(value=True).to_numpy()
    gap = rng.lognormal(4.2, 0.5, lines.height) + np.where(new_family, rng.lognormal(4.6, 0.6, lines.height), 0)
    second = (start[sls] + _within_shift(gap * officers.time_taken(sls), sls)).astype(np.int64)
    second = officers.put_down(second, sls, habit.random(lines.height))
    return lines.with_columns(day=pl.Series(day[sls]), second=pl.Series(second))


def _within_shift(gap: Floats, sls: Ints) -> Floats:
    """Seconds since the start of the visit, shape (lines,); a visit longer than a shift is compressed."""
    frame = pl.DataFrame({"gap": gap, "sls": sls}).with_columns(
        passed=pl.col("gap").cum_sum().over("sls"), whole=pl.col("gap").sum().over("sls")
    )
    squeeze = pl.min_horizontal(pl.lit(1.0), _SHIFT / pl.col("whole"))
    return frame.select(at=pl.col("passed") * squeeze)["at"].to_numpy()


def _with_rechecks(lines: pl.DataFrame, errors: float, rng: np.random.Generator) -> pl.DataFrame:
    """Doubtful lines are mostly resolved on a later day, and some others checked again; the line keeps its number."""
    n, real = lines.height, pl.col("real")
    doubt = (_chance(n, errors, rng) < 0.0035) & real
    mistaken = (_chance(n, errors, rng) < 0.001) & real
    settled = doubt & pl.Series(rng.random(n) < 0.94) | mistaken | (pl.Series(rng.random(n) < 0.004) & real)
    later = pl.Series(rng.integers(1, 5, n))
    again = lines.with_columns(
        day=pl.min_horizontal(pl.col("day") + later, pl.lit(LAST_DAY)), note=pl.lit(_RECHECK)
    ).filter(settled)
    first = lines.with_columns(
        status=pl.when(doubt).then(pl.lit("DIRAGUKAN")).when(mistaken).then(pl.lit("TIDAK_ADA")).otherwise("status")
    )
    return pl.concat([first, again])


def deliver(checks: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator) -> Iterator[Delivery]:
    """One delivery per day, lines in the order of checking; a re-check repeats the values of the list."""
    recorded = record(checks.filter(pl.col("note") == ""), VERIFICATION.times(errors), rng)
    texts = recorded.select("sls", "no_dp", "r_nik", "r_name", "r_birth", "r_sex")
    checks = checks.join(texts, on=["sls", "no_dp"], how="left", maintain_order="left")
    checks = checks.sort("day", "second", "sls", "no_dp", maintain_order=True)
    with_parents = (pl.col("age") < ADULT) & (pl.col("true_id") % 10 < _CHILDREN_WITH_CARD)
    exported = checks.select(
        "day",
        "true_id",
        kode_sls=areas.sls["code"].gather(checks["sls"]),
        no_dp=pl.col("no_dp").cast(pl.String),
        no_kk=pl.when((pl.col("fate") == "unregistered") & ~with_parents).then(pl.lit("")).otherwise("listed_kk"),
        nik="r_nik",
        nama="r_name",
        jk=pl.col("r_sex").cast(pl.String),
        tgl_lahir=slashed("r_birth"),
        sumber="source",
        status="status",
        id_petugas=officer_id(areas.city.code, pl.col("officer")),
        waktu=local(pl.col("day"), pl.col("second")),
        catatan=_notes(checks.height, rng),
    )
    for key, part in exported.group_by("day", maintain_order=True):
        day = int(str(key[0]))
        damage = SEVERAL if day in (FIRST_DAY + 2, FIRST_DAY + 6) else ()
        yield Delivery(
            "verification",
            iso_day(day),
            "dp",
            part.select(_COLUMNS),
            part["true_id"],
            ("kode_sls", "no_dp"),
            Dialect(separator=";"),
            damage,
        )


def _notes(size: int, rng: np.random.Generator) -> pl.Expr:
    """Write the note of the re-check, sometimes with a telephone number or a formula that a spreadsheet would run."""
    draw = pl.Series(rng.random(size))
    return (
        pl.when(pl.col("note") != "")
        .then("note")
        .when(draw < 0.001)
        .then(pl.lit("+62 812 0000 0000"))
        .when(draw < 0.0015)
        .then(pl.lit("=cek RT"))
        .otherwise(pl.lit(""))
    )

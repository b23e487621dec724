"""Door-to-door interviews and drop-off questionnaires, 8 to 29 September, of households that were not online."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import answers
from satu.simulate.babies import unnamed
from satu.simulate.contradictions import ANSWERS
from satu.simulate.damage import SEVERAL
from satu.simulate.dates import iso_day, zoned
from satu.simulate.errors import INTERVIEW, Objects, cards, record, written_twice
from satu.simulate.housing import QUESTIONS, described
from satu.simulate.officers import SLS_PER_OFFICER, officer_id, officer_of
from satu.simulate.online import member_columns
from satu.simulate.writing import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from satu.simulate.areas import Areas, Ints
    from satu.simulate.officers import Officers

FIRST_DAY, DAYS = 251, 22  # 8 to 29 September, days into 2020
LATE_DAY, LATE_PERIOD = 276, "2020-10-03"  # questionnaires handed in after the field phase closed
_PARTIAL, _REFUSED, _NOT_MET = 0.02, 0.025, 0.03
_ADMITTED = 0.15  # of the refusals and closed doors, where the visits are invented


@dataclass(frozen=True)
class Interviews:
    """Visits (one row each, with delivery day `file_day`) and the members recorded in them (with true_id)."""

    visits: pl.DataFrame
    members: pl.DataFrame


def visit(
    people: pl.DataFrame, online_households: pl.Series, areas: Areas, officers: Officers, rng: np.random.Generator
) -> Interviews:
    """Visit the households that did not answer online (zone 2: one in two hundred), and some empty houses."""
    groups = (
        people.filter(pl.col("is_resident"))
        .group_by("hh", maintain_order=True)
        .agg(pl.col("home").first(), pl.col("kk_now").first())
    )
    share = 0.005 if areas.city.zone == 2 else 1.0
    offline = groups.filter(~pl.col("hh").is_in(online_households.implode()))
    offline = offline.filter(pl.Series(rng.random(offline.height) < share))
    empty = (
        people.filter((pl.col("card") >= 0) & (pl.col("home") < 0) & (pl.col("hh") < 0))
        .group_by("family", maintain_order=True)
        .agg(pl.col("card").first(), pl.col("kk_now").first())
    )
    empty = empty.filter(pl.Series(rng.random(empty.height) < 0.5 * share)).select(
        hh=pl.lit(-2, pl.Int64), home=pl.col("card"), kk_now=pl.col("kk_now")
    )
    visits = _scheduled(pl.concat([offline, empty]), areas, officers, rng)
    return Interviews(_resent(visits, rng), _members(people, visits, rng))


def _scheduled(groups: pl.DataFrame, areas: Areas, officers: Officers, rng: np.random.Generator) -> pl.DataFrame:
    n, sls = groups.height, groups["home"].to_numpy()
    result = pl.Series(_results(sls, officers, rng), dtype=pl.String)
    (habit,) = rng.spawn(1)
    day = FIRST_DAY + rng.integers(0, DAYS, n)
    late = rng.random(n) < 0.0005
    late[:1] = True
    return groups.with_columns(
        id_wawancara=pl.format("C{}{}", pl.lit(areas.city.code), pl.int_range(pl.len()).cast(pl.String).str.zfill(7)),
        result=pl.when(pl.col("hh") == -2).then(pl.lit("KOSONG")).otherwise(result),
        day=pl.Series(np.where(late, FIRST_DAY + DAYS - 1, day)),
        second=pl.Series(
            officers.put_down(rng.integers(8, 17, n) * 3600 + rng.integers(0, 60, n) * 60, sls, habit.random(n))
        ),
        seconds=pl.Series(np.round(rng.lognormal(6.6, 0.4, n) * officers.time_taken(sls)).astype(np.int64)),
        file_day=pl.Series(np.where(late, LATE_DAY, day)),
    )


def _results(sls: Ints, officers: Officers, rng: np.random.Generator) -> Objects:
    """Draw the outcome of each visit; some officers have more refusals and closed doors than others."""
    factor = officers.reluctance[sls // SLS_PER_OFFICER] * np.where(officers.invents(sls), _ADMITTED, 1.0)
    bounds = np.array([_REFUSED * factor, (_REFUSED + _NOT_MET) * factor, (_REFUSED + _NOT_MET) * factor + _PARTIAL])
    names = np.array(["MENOLAK", "TIDAK_DITEMUI", "SEBAGIAN", "LENGKAP"], dtype=object)
    return np.asarray(names[(rng.random(len(sls)) >= bounds).sum(axis=0)])


def _resent(visits: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One interview in a hundred is sent again some days later under its number, corrected and with a newer time."""
    again = visits.filter(pl.Series(rng.random(visits.height) < 0.01) & (pl.col("file_day") < FIRST_DAY + DAYS - 4))
    moved = pl.Series(rng.integers(1, 4, again.height))
    again = again.with_columns(day=pl.col("day") + moved, file_day=pl.col("file_day") + moved)
    return pl.concat([visits.with_columns(resent=pl.lit(value=False)), again.with_columns(resent=pl.lit(value=True))])


def _members(people: pl.DataFrame, visits: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Residents at home, and some members recorded as living elsewhere; partial forms lack the last ones."""
    taken = visits.filter(pl.col("result").is_in(["LENGKAP", "SEBAGIAN"]))
    members = taken.select("id_wawancara", "hh", "result", day_visited="day").join(
        people.filter(pl.col("hh") >= 0), on="hh", how="inner", maintain_order="left_right"
    )
    draw = pl.Series(rng.random(members.height))
    away = (pl.col("fate") == "lives_elsewhere") & (draw < 0.3)
    members = members.filter((pl.col("is_resident") & (draw < 0.997)) | away).with_columns(
        no_urut=pl.int_range(1, pl.len() + 1).over("id_wawancara"),
        ada=pl.when(pl.col("is_resident")).then(1).otherwise(2),
    )
    return members.filter((pl.col("result") == "LENGKAP") | (pl.col("no_urut") <= 2))


def deliver(
    interviews: Interviews, homes: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator
) -> Iterator[Delivery]:
    """Two deliveries a day, households and members; a re-sent interview repeats all its members."""
    rates, silence = INTERVIEW.times(errors), answers.INTERVIEW.times(errors)
    visits = interviews.visits.sort("file_day", "id_wawancara", maintain_order=True)
    members = unnamed(written_twice(interviews.members, rates, rng, "id_wawancara"), pl.col("day_visited"), rng)
    members = record(members, rates, rng)
    members = answers.answered(members, silence, ANSWERS.times(errors), rng, "id_wawancara", "day_visited")
    members = pl.concat([members.select("true_id", "id_wawancara"), member_columns(members, rng)], how="horizontal")
    columns = [name for name in members.columns if name != "true_id"]
    members = visits.select("id_wawancara", "file_day").join(members, on="id_wawancara", maintain_order="left_right")
    visits = visits.with_columns(kk_now=cards(visits["kk_now"], rates, rng))
    households = _household_export(visits, areas, described(homes, visits["hh"], silence, rng), rng)
    by_day = {key[0]: part for key, part in members.group_by("file_day", maintain_order=True)}
    for key, part in households.group_by("file_day", maintain_order=True):
        day = int(str(key[0]))
        yield Delivery("interview_household", iso_day(day), "c1", part.drop("file_day"))
        if day in by_day:
            rows = by_day[day]
            yield Delivery(
                "interview_person",
                iso_day(day),
                "c1_anggota",
                rows.select(columns),
                rows["true_id"],
                ("id_wawancara", "no_urut"),
                damage=SEVERAL if day == FIRST_DAY + 4 else (),
            )


def _household_export(
    visits: pl.DataFrame, areas: Areas, dwelling: list[pl.Series], rng: np.random.Generator
) -> pl.DataFrame:
    n, done = visits.height, pl.col("result").is_in(["LENGKAP", "SEBAGIAN"])
    return (
        visits.select(
            "file_day",
            "id_wawancara",
            kode_sls=areas.sls["code"].gather(visits["home"]),
            no_kk="kk_now",
            id_petugas=officer_id(areas.city.code, officer_of(pl.col("home"))),
            mode=pl.when(pl.Series(rng.random(n) < 0.55)).then(pl.lit("WAWANCARA")).otherwise(pl.lit("DOPU")),
            mulai=zoned(pl.col("day"), pl.col("second")),
            selesai=pl.when(done)
            .then(zoned(pl.col("day"), pl.col("second") + pl.col("seconds")))
            .otherwise(pl.lit("")),
            hasil="result",
        )
        .with_columns(dwelling)
        .with_columns(
            pl.when(pl.col("hasil").is_in(["LENGKAP", "SEBAGIAN"])).then(pl.col(c)).otherwise(pl.lit("")).alias(c)
            for c in QUESTIONS
        )
    )

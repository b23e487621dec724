"""The online phase, 15 February to 29 May 2020: submissions of families and their members, one file a day."""

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
from satu.simulate.errors import ONLINE, record, written_twice
from satu.simulate.housing import described
from satu.simulate.writing import Delivery, Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from satu.simulate.areas import Areas, Floats

FIRST_DAY, DAYS = 45, 105  # 15 February, days into 2020; the extended window has 105 days
_MEMBER = (
    "no_urut",
    "nik",
    "nama",
    "hub",
    "jk",
    "tempat_lahir",
    "tgl_lahir",
    "wn",
    "suku",
    "agama",
    "bahasa",
    "kawin",
    "kegiatan",
    "pekerjaan",
    "status_kerja",
    "ijazah",
    "lama_tinggal",
    "ada_di_alamat",
)


@dataclass(frozen=True)
class Online:
    """Submissions (one row each: hh, kk_now, sls, day, second, sent) and members (one row each, with true_id)."""

    submissions: pl.DataFrame
    members: pl.DataFrame

    @property
    def sent_households(self) -> pl.Series:
        """Dwelling groups with a submission that was sent."""
        return self.submissions.filter("sent")["hh"].unique(maintain_order=True)

    @property
    def sent_people(self) -> pl.Series:
        """True ids in submissions that were sent."""
        return self.members.filter("sent")["true_id"].unique(maintain_order=True)


def take_part(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> Online:
    """Draw the days of submission: first tries, drafts (8 %) that are mostly sent later, and second submissions."""
    groups = (
        people.filter((pl.col("hh") >= 0) & (~pl.col("alone") | pl.col("parted")) & pl.col("is_resident"))
        .group_by("hh", maintain_order=True)
        .agg(pl.col("kk_now", "home", "fate", "day").first())
    )
    n = groups.height
    share = areas.city.online_share * np.where(
        groups["fate"].is_in(["card_elsewhere", "moved_in"]).to_numpy(), 0.5, 1.0
    )
    day = rng.choice(DAYS, size=n, p=_daily()) + FIRST_DAY
    groups = groups.with_columns(day_sent=pl.Series(day), draft=pl.Series(rng.random(n) < 0.08)).filter(
        pl.Series(rng.random(n) < share) & ((pl.col("fate") != "moved_in") | (pl.col("day") < pl.col("day_sent")))
    )
    again = pl.Series(rng.random(groups.height) < 0.75) & pl.col("draft") | pl.Series(rng.random(groups.height) < 0.02)
    later = groups.filter(again)
    later = later.with_columns(
        day_sent=(pl.col("day_sent") + pl.Series(rng.integers(1, 20, later.height))).clip(
            upper_bound=FIRST_DAY + DAYS - 1
        ),
        draft=pl.lit(False),
    )
    submissions = pl.concat([groups, later]).rename({"home": "sls"}).drop("day").rename({"day_sent": "day"})
    m = submissions.height
    submissions = submissions.with_columns(
        sent=~pl.col("draft"),
        id_kiriman=pl.format("O{}{}", pl.lit(areas.city.code), pl.int_range(pl.len()).cast(pl.String).str.zfill(7)),
        second=pl.Series(rng.integers(6 * 3600, 22 * 3600, m)),
        seconds=pl.Series(np.round(rng.lognormal(4.8, 0.5, m)).astype(np.int64)),
    )
    return Online(submissions, _members(people, submissions, rng))


def _daily() -> Floats:
    """Share of submissions by day: a peak before the first end (31 March), then fading with weekend ripples."""
    day = np.arange(DAYS)
    weight = 0.35 + 2.2 * np.exp(-(((day - 36) / 12.0) ** 2)) + 0.5 * np.exp(-(((day - 18) / 3.0) ** 2))
    weight *= np.where(day > 46, np.exp(-(day - 46) / 22.0), 1.0) * np.where(day % 7 < 2, 1.2, 1.0)
    return np.asarray(weight / weight.sum())


def _members(people: pl.DataFrame, submissions: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    members = submissions.select("id_kiriman", "hh", "sls", "sent", submitted="day").join(
        people.filter(pl.col("hh") >= 0), on="hh", how="inner", maintain_order="left_right"
    )
    born = (pl.col("birth") - pl.date(2020, 1, 1)).dt.total_days() < pl.col("submitted")
    gone = pl.col("fate").is_in(["died", "moved_out"]) & (pl.col("day") <= pl.col("submitted"))
    late = (pl.col("fate") == "moved_in") & (pl.col("day") > pl.col("submitted"))
    away = ~pl.col("is_resident") & (pl.col("fate") == "lives_elsewhere")
    forgotten = pl.Series(rng.random(members.height) < 0.3)
    unfinished = ~pl.col("sent") & pl.Series(rng.random(members.height) < 0.4)
    return members.filter(born & ~gone & ~late & ~(away & forgotten) & ~unfinished).with_columns(
        no_urut=pl.int_range(1, pl.len() + 1).over("id_kiriman"), ada=pl.when(away).then(2).otherwise(1)
    )


def deliver(
    online: Online, homes: pl.DataFrame, areas: Areas, errors: float, rng: np.random.Generator
) -> Iterator[Delivery]:
    """Two deliveries a day, households and members, in formats that change with the day."""
    silence = answers.ONLINE.times(errors)
    dwelling = described(homes, online.submissions["hh"], silence, rng)
    households = _household_export(online.submissions, areas, dwelling, rng)
    rates = ONLINE.times(errors)
    members = unnamed(written_twice(online.members, rates, rng, "id_kiriman"), pl.col("submitted"), rng)
    members = record(members, rates, rng)
    members = answers.answered(members, silence, ANSWERS.times(errors), rng, "id_kiriman", "submitted")
    exported = pl.concat(
        [members.select("true_id", "submitted", "id_kiriman"), member_columns(members, rng)], how="horizontal"
    )
    by_day = {key[0]: part for key, part in households.group_by("day", maintain_order=True)}
    members_by_day = {key[0]: part for key, part in exported.group_by("submitted", maintain_order=True)}
    for number in range(DAYS):
        day = FIRST_DAY + number
        if day in by_day:
            dialect = Dialect("csv", "\t", encoding="utf-16") if number == 40 else Dialect()
            yield Delivery(
                "online_household", iso_day(day), "kiriman", by_day[day].drop("day", "second"), dialect=dialect
            )
        if day in members_by_day:
            part = members_by_day[day]
            yield Delivery(
                "online_person",
                iso_day(day),
                "anggota",
                part.select("id_kiriman", *_MEMBER),
                part["true_id"],
                ("id_kiriman", "no_urut"),
                _dialect(number),
                SEVERAL if number in (24, 38) else (),
            )


def _dialect(number: int) -> Dialect:
    if number % 5 == 0:
        return Dialect("jsonl")
    if number % 11 == 6:
        return Dialect("parquet")
    return Dialect("zip", members=3) if number % 7 == 3 else Dialect()


def _household_export(
    submissions: pl.DataFrame, areas: Areas, dwelling: list[pl.Series], rng: np.random.Generator
) -> pl.DataFrame:
    n = submissions.height
    code, answer = areas.sls["code"].gather(submissions["sls"]), rng.random(n)
    sent = submissions["sent"]
    own = (
        pl.when(pl.Series(answer < 0.5))
        .then(code)
        .when(pl.Series(answer < 0.93))
        .then(code.str.slice(0, 10))
        .otherwise(pl.lit(""))
    )
    grade = pl.Series(np.array(["A", "B", "C", "D"])[rng.choice(4, size=n, p=[0.5, 0.36, 0.1, 0.04])])
    frame = submissions.select(
        "day",
        "second",
        "id_kiriman",
        no_kk="kk_now",
        kode_sls=own,
        alamat=pl.lit(""),
        mulai=zoned(pl.col("day"), pl.col("second")),
        selesai=pl.when(sent).then(zoned(pl.col("day"), pl.col("second") + pl.col("seconds"))).otherwise(pl.lit("")),
        status=pl.when(sent).then(pl.lit("KIRIM")).otherwise(pl.lit("DRAFT")),
        no_bukti=pl.when(sent).then(pl.format("SP20{}", pl.col("id_kiriman").str.slice(1))).otherwise(pl.lit("")),
        grade=pl.when(sent).then(grade).otherwise(pl.lit("")),
        perangkat=pl.when(pl.Series(rng.random(n) < 0.72)).then(pl.lit("MOBILE")).otherwise(pl.lit("DESKTOP")),
    ).with_columns(dwelling)
    return frame.sort("day", "second", "id_kiriman")


def member_columns(members: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Export the member columns that form and questionnaire share; needs no_urut, ada, r_… and a_… columns."""
    code = pl.Series(rng.random(members.height) < 0.5)
    asked = ("hub", "jk", "tempat_lahir", "wn", "suku", "agama", "bahasa", "kawin", "kegiatan", "pekerjaan")
    return members.select(
        pl.col("no_urut").cast(pl.String),
        nik=pl.when(pl.col("is_foreign") & code).then(pl.lit(answers.FOREIGNER)).otherwise("r_nik"),
        nama="r_name",
        tgl_lahir=pl.when(pl.Series(rng.random(members.height) < 0.0005)).then(pl.lit("98")).otherwise("r_birth"),
        ada_di_alamat=pl.col("ada").cast(pl.String),
        **{name: f"a_{name}" for name in (*asked, "status_kerja", "ijazah", "lama_tinggal")},
    ).select(_MEMBER)

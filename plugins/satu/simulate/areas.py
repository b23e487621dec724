"""Work areas of a simulated city: real kelurahan, synthetic SLS (RT-sized) inside them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_NEIGHBOURHOOD = 5  # neighbouring SLS


@dataclass(frozen=True)
class City:
    """What differs between the cities.

    Residents are the published census totals of 2020, the sex ratio is the province's, SLS counts are round.
    """

    code: str
    residents: int
    sls: int
    zone: int
    birthplace: str
    online_share: float
    nik_regions: tuple[str, ...]
    men_per_women: float


CITIES = {
    "3371": City(
        "3371", 121_526, 1_031, 1, "MAGELANG", 0.66, ("330801", "337401", "347101", "180102", "327301"), 1.0115
    ),
    "1671": City(
        "1671", 1_668_848, 8_344, 2, "PALEMBANG", 0.42, ("160701", "161004", "187101", "327301", "317406"), 1.04
    ),
}


@dataclass(frozen=True)
class Areas:
    """`kelurahan`: one row a kelurahan; `sls`: one row a work area, in code order, `kelurahan` being the row there.

    `weight` is the probability that a family lives in an SLS, `turnover` how much more often than usual people come
    and go there; both shape (SLS,).
    """

    city: City
    kelurahan: pl.DataFrame
    sls: pl.DataFrame
    weight: Floats
    turnover: Floats

    @property
    def kelurahan_of(self) -> Ints:
        """Row of the kelurahan of every SLS; shape (SLS,)."""
        return self.sls["kelurahan"].to_numpy()


def lay_out(city: City, scale: float, rng: np.random.Generator) -> Areas:
    """Divide the city into SLS: at least one a kelurahan, the rest by synthetic kelurahan weights."""
    kelurahan = _read_kelurahan(city.code)
    share = rng.lognormal(0.0, 0.35, kelurahan.height)
    count = np.maximum(1, np.round(share / share.sum() * city.sls * scale)).astype(np.int64)
    of = np.repeat(np.arange(kelurahan.height), count)
    number = np.concatenate([np.arange(n) for n in count])
    sls = (
        pl.DataFrame({"kelurahan": of, "number": number})
        .with_columns(
            code=kelurahan["kode_kelurahan"].gather(of) + pl.format("{}00", _digits(pl.col("number") + 1, 4)),
            rt=_digits(pl.col("number") % 6 + 1, 3),
            rw=_digits(pl.col("number") // 6 + 1, 3),
        )
        .drop("number")
    )
    weight = _weights(share, count, rng)
    return Areas(city, kelurahan, sls, weight, _turnover(weight, rng))


def _weights(share: Floats, count: Ints, rng: np.random.Generator) -> Floats:
    """Probability that a family lives in an SLS; follows the kelurahan share, so small scales keep its size."""
    spread = rng.uniform(0.75, 1.25, int(count.sum()))
    weight = spread * np.repeat(share / count, count)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _turnover(weight: Floats, rng: np.random.Generator) -> Floats:
    """Turnover differs by neighbourhood and is almost zero in one of twelve; the average over families is 1."""
    neighbourhoods = len(weight) // _NEIGHBOURHOOD + 1
    quiet = rng.random(neighbourhoods) < 1 / 12
    factor = np.where(quiet, 0.15, rng.lognormal(0.0, 0.25, neighbourhoods))
    turnover = np.repeat(factor, _NEIGHBOURHOOD)[: len(weight)]
    return np.asarray(turnover / (turnover * weight).sum(), dtype=np.float64)


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def _read_kelurahan(city: str) -> pl.DataFrame:
    text = (files(__package__) / "kelurahan.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return pl.DataFrame([row for row in rows if row["kode_kelurahan"].startswith(city)]).sort("kode_kelurahan")

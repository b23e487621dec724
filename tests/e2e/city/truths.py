"""Simulated residents to attack, and how figures are printed whatever pytest captures."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from satu.simulate import simulate

SCALE = 0.05


def residents(drop: Path, seed: int) -> pl.DataFrame:
    people = pl.read_parquet(simulate(drop, scale=SCALE, seed=seed).truth / "person.parquet").filter("is_resident")
    born = pl.col("birth_date")
    had_birthday = (born.dt.to_string("%m%d") <= "0930").cast(pl.Int32)
    keys = np.random.default_rng(seed).integers(0, 256, people.height)
    return people.select(
        "kode_sls",
        "sex",
        (2020 - born.dt.year() - 1 + had_birthday).alias("age"),
        "education",
        pl.Series("perturbation_key", keys),
    )


def shown(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    """Print the figures whatever pytest captures."""
    with capsys.disabled():
        sys.stdout.writelines(f"{line}\n" for line in ("", *lines))

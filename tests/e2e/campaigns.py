"""A campaign that is delivered in two parts, with a release after each."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from satu import pipeline, settings, warehouse
from satu.pipeline.outcome import Outcome
from satu.settings import Settings
from satu.simulate import simulate

HALF_WAY = "2020-09-08"  # eight days into September's field work
OTHER_SOURCE = "kode_wilayah,indikator,nilai,tanggal,sumber\n3371,PENDUDUK,4000,2020-09-30,dinas\n"


@dataclass(frozen=True)
class Campaign:
    """A warehouse with two releases, the drop that it was fed in two parts, and what was seen after the first."""

    settings: Settings
    landing: Path
    truth: Path
    runs: tuple[Outcome, Outcome]
    half_way: dict[str, list[Any]]

    def rows(self, query: str) -> list[Any]:
        return _rows(self.settings, query)

    def cells(self, release: int, table: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the rows of a table of the first or second release, by area."""
        release_id = self.runs[release].release_id
        found = self.rows(f"select to_jsonb(t) from released.{table} as t where release_id = '{release_id}'")
        return {(row["area_level"], row["area_code"]): row for (row,) in found}


HALF_WAY_QUERIES = {
    "pace": "select area_level, area_code, reached_household_count,"
    " greatest(target_household_count - reached_household_count, 0), projected_date,"
    " projected_earliest_date, projected_latest_date, projection_status"
    " from coverage.coverage_pace where phase = 'field'",
    "cards": "select distinct sls_code, family_card_no, (verified_at at time zone 'Asia/Jakarta')::date"
    " from staging.stg_verification where list_source = 'registry' and family_card_no is not null",
    "targets": "select sls_code, target_households from staging.stg_area",
    "changes": "select to_jsonb(c) from published.coverage_change as c",
}


@contextmanager
def delivered_in_two_parts(home: Path) -> Iterator[Campaign]:
    """Deliver what came until HALF_WAY and publish; then deliver the rest and publish again."""
    made = simulate(home / "campaign-drop", scale=0.03, seed=11)
    landing = home / "campaign-landing"
    given = settings.load(home=home / "campaign-home", landing_url=str(landing))
    given.home.mkdir(mode=0o711)
    try:
        _deliver(made.landing, landing, lambda period: period <= HALF_WAY)
        first = pipeline.run(given)
        half_way = {name: _rows(given, query) for name, query in HALF_WAY_QUERIES.items()}
        _deliver(made.landing, landing, lambda period: period > HALF_WAY)
        (landing / "control_total" / "area=3371" / "period=2020-12-31" / "dinas.csv").write_text(OTHER_SOURCE)
        yield Campaign(given, landing, made.truth, (first, pipeline.run(given)), half_way)
    finally:
        warehouse.stop(given)


def _deliver(drop: Path, landing: Path, is_due: Callable[[str], bool]) -> None:
    for file in drop.rglob("*"):
        if file.is_file() and is_due(file.parent.name.removeprefix("period=")):
            place = landing / file.relative_to(drop)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


def _rows(given: Settings, query: str) -> list[Any]:
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()

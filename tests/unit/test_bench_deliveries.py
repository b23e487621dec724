"""Each kind of mistake changes what it says, and its deliveries can be written."""

from pathlib import Path

import polars as pl
import pytest

from satu.bench.deliveries import CORRECTIONS, KINDS, City
from satu.simulate import simulate
from satu.simulate.writing import Delivery, Drop


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    deliveries: list[Delivery] = []
    made = simulate(tmp_path_factory.mktemp("city"), "3371", 0.01, 1, listener=deliveries.append)
    homes = pl.read_parquet(made.truth / "person.parquet").select("true_id", "kode_kelurahan")
    return City(deliveries, homes)


@pytest.mark.parametrize("kind", [*KINDS, *CORRECTIONS])
def test_a_kind_changes_something_and_each_delivery_keeps_its_own_name(city: City, kind: str, tmp_path: Path) -> None:
    planted = (KINDS | CORRECTIONS)[kind](city)
    honest = {id(delivery) for delivery in city.deliveries}
    changed = [delivery for delivery in planted if id(delivery) not in honest]
    assert changed or len(planted) < len(city.deliveries)
    names = {(one.feed, one.period, one.name) for one in planted}
    assert len(names) == len(planted)
    drop = Drop(tmp_path, "3371", 1)
    assert all((tmp_path / drop.write(delivery)).stat().st_size > 0 for delivery in changed[:5])


def test_birth_years_move_however_they_are_written(city: City) -> None:
    for before, after in zip(
        city.of("registry"), [d for d in KINDS["birth years -10"](city) if d.feed == "registry"], strict=True
    ):
        years = pl.col("tgl_lhr").str.extract(r"(\d{4})", 1).cast(pl.Int64)
        moved = (before.frame.select(years).to_series() - after.frame.select(years).to_series()).drop_nulls()
        assert moved.unique().to_list() == [10]
        assert before.frame["tgl_lhr"].str.len_chars().equals(after.frame["tgl_lhr"].str.len_chars())


def test_a_village_that_is_missing_is_missing_from_forms_and_their_members(city: City) -> None:
    village = city.villages()[4]
    left = KINDS["village missing from answers and lists"](city)
    forms = city.forms_of(village)
    assert forms.len() > 0
    for delivery in left:
        if delivery.feed in ("online_household", "online_person", "interview_household", "interview_person"):
            assert not delivery.frame[delivery.frame.columns[0]].is_in(forms.implode()).any()
        if delivery.feed == "verification":
            assert not delivery.frame["kode_sls"].str.starts_with(village).any()

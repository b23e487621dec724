"""`satu bench load` empties the warehouse it measures in."""

import pytest

from satu import pipeline, settings
from satu.bench.load import bench_load
from satu.settings import Settings


def test_the_warehouse_of_the_settings_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Seen(Exception):
        pass

    def seen(given: Settings) -> None:
        raise Seen(given.warehouse_url)

    monkeypatch.setattr(pipeline, "prepare", seen)
    with pytest.raises(Seen) as caught:
        bench_load(settings.load(warehouse_url="postgresql://satu@somewhere/satu"))
    assert caught.value.args == (None,)

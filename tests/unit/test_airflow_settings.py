"""What a local Airflow is told of Satu's settings."""

from pathlib import Path

from satu.orchestration import environment
from satu.settings import Settings


def test_airflow_is_told_every_setting(tmp_path: Path) -> None:
    given = Settings(home=tmp_path, warehouse_url="postgresql://satu@localhost/satu", engine="spark")
    told = environment._satu(given)
    assert set(told) == {f"SATU_{name.upper()}" for name in Settings.model_fields}
    assert told["SATU_ENGINE"] == "spark"

"""The pipeline's own promises: one run at a time, and a clear answer when the server is not there."""

import pytest

from satu import pipeline, settings, warehouse
from satu.errors import RetryableError
from satu.settings import Settings


def test_a_second_run_is_told_to_come_again(satu_settings: Settings) -> None:
    with warehouse.connect(satu_settings, warehouse.TRANSFORMER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('satu.run'))")
        with pytest.raises(RetryableError, match="another run"):
            pipeline.link(satu_settings, "any")


def test_a_server_that_is_not_there_is_named_without_its_password(satu_settings: Settings) -> None:
    nowhere = settings.load(home=satu_settings.home, warehouse_url="postgresql://somebody:secret@127.0.0.1:1/satu")
    with pytest.raises(RetryableError, match=r"somebody:\*\*\*@127.0.0.1:1") as error:
        pipeline.sweep(nowhere)
    assert "secret" not in str(error.value)

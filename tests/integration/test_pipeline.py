"""The pipeline's own promises: one run at a time, and a clear answer when the server is not there."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asn_files import GOOD, HEADER, asn
from typer.testing import CliRunner

from satu import pipeline, settings, warehouse
from satu.cli.main import app
from satu.errors import RetryableError
from satu.settings import Settings
from support import Landing

Call = Callable[..., tuple[int, dict[str, Any]]]


def test_a_second_run_is_told_to_come_again(satu_settings: Settings) -> None:
    with warehouse.connect(satu_settings, warehouse.TRANSFORMER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('satu.run'))")
        with pytest.raises(RetryableError, match="another run"):
            pipeline.link(satu_settings, "any")


def test_a_server_that_is_not_there_is_named_without_its_password(satu_settings: Settings) -> None:
    nowhere = settings.load(home=satu_settings.home, warehouse_url="postgresql://somebody:secret@127.0.0.1:1/satu")
    with pytest.raises(RetryableError, match=r"127\.0\.0\.1:1.*Connection refused") as error:
        pipeline.sweep(nowhere)
    assert "secret" not in str(error.value)


@pytest.fixture
def call(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run the command on the landing place of the test; gives its exit code and what it answered."""
    monkeypatch.setenv("SATU_HOME", str(landing.settings.home))
    monkeypatch.setenv("SATU_LANDING_URL", landing.settings.landing_url)

    def called(*arguments: str) -> tuple[int, dict[str, Any]]:
        done = CliRunner().invoke(app, ["run", "--json", *arguments])
        return done.exit_code, json.loads(done.output)

    return called


def test_an_empty_landing_place_says_what_a_first_release_needs(landing: Landing, call: Call) -> None:
    before = landing.query("select count(*) from ops.run")
    code, done = call()
    assert code == 0
    assert (done["outcome"], done["missing"], done["files"]) == ("nothing to release yet", ["area"], {})
    assert landing.query("select count(*) from ops.run") == before
    shown = CliRunner().invoke(app, ["run"]).output
    assert "no record of area is loaded" in shown


def test_refused_files_alone_are_exit_code_4_wherever_they_are_refused(landing: Landing, call: Call) -> None:
    landing.drop("asn", "empty.csv", b"")
    landing.drop("nosuchfeed", "a.csv", b"x")
    assert call()[0] == 4
    code, done = call()
    assert (code, done["files"]) == (0, {})  # refused already
    landing.drop("nosuchfeed", "b.csv", b"x")
    code, done = call()
    assert (code, done["files"], done["outcome"]) == (4, {"refused": 1}, "refused")
    for stage in ("land", "load"):
        landing.drop("nosuchfeed", f"{stage}.csv", b"x")
        assert call("--until", stage)[0] == 4
    landing.drop("asn", "only.csv", f"{HEADER}\n{GOOD},,,\n".encode())
    landing.drop("asn", "trailing.txt", b"x")
    code, done = call()
    assert (code, done["files"]) == (4, {"refused": 2})


def test_files_that_loaded_are_no_refusal(landing: Landing, call: Call) -> None:
    landing.drop("asn", "empty.csv", b"")
    landing.drop("asn", "good.csv", asn(GOOD))
    landing.drop("asn", "x.txt", b"x")
    code, done = call("--until", "load")
    assert (code, done["files"], done["outcome"]) == (0, {"refused": 2, "loaded": 1}, "load")
    assert call("--until", "load")[1]["outcome"] == "nothing new"
    landing.drop("asn", "more.csv", f"{HEADER}\n{GOOD}\n{GOOD}\n".encode())
    shown = CliRunner().invoke(app, ["run", "--until", "load"]).output
    assert "files loaded, not released yet: 1" in shown
    assert "nothing new" not in shown

"""dbt's unit tests: the rules of the models on written examples. They need a built warehouse, for its columns."""

from satu import engines
from support import Published


def test_the_models_keep_to_their_written_examples(published: Published) -> None:
    # A build that failed in another test has replaced tables of records, and with them gone what reads them.
    assert engines.run_dbt(published.settings, "run", "--select", "config.materialized:view") == 0
    assert engines.run_dbt(published.settings, "test", "--select", "test_type:unit") == 0
    found = {result["unique_id"]: result["status"] for result in engines.results(published.settings)}
    assert found == dict.fromkeys(engines.manifest(published.settings)["unit_tests"], "pass")
    assert len(found) > 50

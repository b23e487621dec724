"""dbt's unit tests: the rules of the models on written examples. They need a built warehouse, for its columns."""

import json

from satu import engines
from support import Published


def test_the_models_keep_to_their_written_examples(published: Published) -> None:
    # A build that failed in another test has replaced tables of records, and with them gone what reads them.
    assert engines.run_dbt(published.settings, "run", "--select", "config.materialized:view") == 0
    assert engines.run_dbt(published.settings, "test", "--select", "test_type:unit") == 0
    results = json.loads((published.settings.dbt_dir / "run_results.json").read_text())["results"]
    manifest = json.loads((published.settings.dbt_dir / "manifest.json").read_text())
    assert {result["unique_id"]: result["status"] for result in results} == dict.fromkeys(
        manifest["unit_tests"], "pass"
    )
    assert len(results) > 50

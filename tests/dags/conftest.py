"""The DAG files, read as Airflow's DAG processor reads them."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def dag_bag(tmp_path_factory: pytest.TempPathFactory) -> Iterator["DagBag"]:
    """Import dags/; Airflow's home is a folder of the test, for importing Airflow writes its configuration there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__CORE__PLUGINS_FOLDER", str(ROOT / "plugins"))
        with warnings.catch_warnings():
            # Airflow's own imports warn; what our files warn about is caught below, per test.
            warnings.simplefilter("ignore")
            from airflow.dag_processing.dagbag import DagBag

            yield DagBag(dag_folder=os.fspath(ROOT / "dags"), bundle_path=ROOT / "dags", bundle_name="dags-folder")

"""The DAG files wire, and nothing else."""

import ast
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

FOLDER = Path(__file__).parents[2] / "dags"
FILES = sorted(FOLDER.glob("*.py"))
DAGS = ("ingest", "maintenance", "release")
MAY_IMPORT = {"datetime", "airflow.sdk", "satu", "satu.orchestration.approval_operator", "satu.orchestration.tasks"}

CHAINS = {
    "ingest": ["sweep", "load", "announce"],
    "maintenance": ["tidy", "prune", "trim", "watch"],
    "release": ["start", "build_before_link", "link", "build_after_link", "gate", "approval", "release", "export"],
}


def test_exactly_the_three_dags_are_found(dag_bag: "DagBag") -> None:
    assert [path.stem for path in FILES] == list(DAGS)
    assert sorted(dag_bag.dags) == list(DAGS)


def test_nothing_fails_to_import(dag_bag: "DagBag") -> None:
    assert dag_bag.dags
    assert dag_bag.import_errors == {}
    assert not dag_bag.captured_warnings


@pytest.mark.parametrize("dag_id", DAGS)
def test_tasks_follow_one_another(dag_bag: "DagBag", dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]
    chain = CHAINS[dag_id]
    assert set(dag.task_ids) == set(chain)
    for task_id, following in pairwise(chain):
        assert following in dag.task_dict[task_id].downstream_task_ids
    for position, task_id in enumerate(chain):
        assert dag.task_dict[task_id].upstream_task_ids <= set(chain[:position])


@pytest.mark.parametrize("dag_id", DAGS)
def test_tells_what_it_is(dag_bag: "DagBag", dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]
    assert dag.description
    assert dag.doc_md
    assert "satu" in dag.tags
    assert {task.owner for task in dag.tasks} == {"satu"}


@pytest.mark.parametrize("dag_id", DAGS)
def test_runs_one_at_a_time_and_tries_again(dag_bag: "DagBag", dag_id: str) -> None:
    dag = dag_bag.dags[dag_id]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    for task in dag.tasks:
        assert 1 <= task.retries <= 3
        assert task.retry_delay <= timedelta(minutes=5)
        # A sweep that loaded nothing asks for a release all the same; one whose load failed does not.
        assert task.trigger_rule == ("none_failed" if task.task_id == "announce" else "all_success")


def test_ingest_sweeps_every_five_minutes_and_maps_load(dag_bag: "DagBag") -> None:
    dag = dag_bag.dags["ingest"]
    assert dag.timetable.expression == "*/5 * * * *"
    assert dag.task_dict["load"].is_mapped
    assert [outlet.name for outlet in dag.task_dict["announce"].outlets] == ["satu_loaded"]


def test_release_wakes_up_on_the_asset_with_a_clock_behind_it(dag_bag: "DagBag") -> None:
    timetable = dag_bag.dags["release"].timetable
    assert [asset.name for asset in timetable.asset_condition.objects] == ["satu_loaded"]
    assert timetable.timetable.expression == "0 5 * * *"
    assert timetable.can_be_scheduled


def test_maintenance_is_nightly(dag_bag: "DagBag") -> None:
    assert dag_bag.dags["maintenance"].timetable.expression == "30 1 * * *"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_imports_only_what_wires(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert imported <= MAY_IMPORT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_does_nothing_while_it_is_read(path: Path) -> None:
    calls = {
        node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        for statement in ast.parse(path.read_text()).body
        for node in _outside_functions(statement)
        if isinstance(node, ast.Call)
    }
    wiring = {
        "DAG",
        "Asset",
        "CronTriggerTimetable",
        "AssetOrTimeSchedule",
        "timedelta",
        "task",
        "load.expand",
        "ApprovalOfRun",
    }
    assert calls <= wiring | set(CHAINS[path.stem])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_ends_in_one_chain(path: Path) -> None:
    last = ast.parse(path.read_text()).body[-1]
    assert isinstance(last, ast.With)
    chain = last.body[-1]
    assert isinstance(chain, ast.Expr)
    assert isinstance(chain.value, ast.BinOp)
    assert isinstance(chain.value.op, ast.RShift)


def _outside_functions(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.FunctionDef):
        return [inner for decorator in node.decorator_list for inner in ast.walk(decorator)]
    return [node, *(inner for child in ast.iter_child_nodes(node) for inner in _outside_functions(child))]

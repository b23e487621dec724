"""What a rate is, how it is computed and what it is for: told once for each, and for no column that is gone."""

import csv
import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2] / "dbt_project"
RATE = re.compile(r"_(percent|ratio|index|density|size)$")


def published_columns() -> set[str]:
    files = (PROJECT / "models" / "published").glob("*.yml")
    models = [model for path in files for model in yaml.safe_load(path.read_text()).get("models", [])]
    return {column["name"] for model in models for column in model["columns"]}


def test_every_rate_has_a_line_and_every_line_a_rate() -> None:
    with (PROJECT / "seeds" / "indicator.csv").open(encoding="utf-8", newline="") as text:
        lines = list(csv.DictReader(text))
    assert all(all(value.strip() for value in line.values()) for line in lines)
    rates = {column for column in published_columns() if RATE.search(column)}
    assert {line["variable_name"] for line in lines} == rates


def test_a_computation_names_published_columns() -> None:
    with (PROJECT / "seeds" / "indicator.csv").open(encoding="utf-8", newline="") as text:
        named = {word for line in csv.DictReader(text) for word in re.findall(r"\w+_\w+", line["computation"])}
    assert len(named) > 10
    assert named <= published_columns()

"""The description of a column is written once: columns that mean the same share a `docs` block."""

import re
from collections import defaultdict
from pathlib import Path

import yaml

from satu.release import release_views

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "dbt_project" / "models"


def test_no_description_is_written_twice() -> None:
    written = defaultdict(list)
    for path in (path for path in MODELS.rglob("*.yml") if path.parent.name != "staging"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            for column in model.get("columns", []):
                if "{{" not in column["description"]:
                    written[column["description"]].append(f"{model['name']}.{column['name']}")
    assert len(written) > 100
    assert {text: columns for text, columns in written.items() if len(columns) > 1} == {}


def test_every_block_is_used() -> None:
    blocks = re.findall(r"{% docs (\w+) %}", "".join(path.read_text() for path in MODELS.rglob("*.md")))
    used = re.findall(r"doc\(\W+(\w+)", "".join(path.read_text() for path in MODELS.rglob("*.yml")))
    assert len(blocks) == len(set(blocks)) > 100
    assert set(blocks) == set(used)


def test_the_glossary_has_each_word_of_a_published_column_and_no_other() -> None:
    columns = {
        column["name"]
        for path in (ROOT / "dbt_project" / "models" / "published").glob("*.yml")
        for model in yaml.safe_load(path.read_text())["models"]
        for column in model["columns"]
    } | set(release_views.COLUMNS)
    lines = (ROOT / "docs" / "glossary.md").read_text().splitlines()
    told = [word for line in lines if line.startswith("| `") for word in re.findall("`([^`]+)`", line.split("|")[1])]
    assert sorted(told) == sorted({word for column in columns for word in column.split("_")})

"""dbt's own documentation: every source, seed, model and column of the warehouse is described."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from satu import build
from support import Published

Artifact = dict[str, Any]


@pytest.fixture(scope="module")
def page(published: Published) -> Path:
    return build.document(published.settings)


@pytest.fixture
def described(page: Path) -> tuple[Artifact, Artifact]:
    """What the project says of its tables, and which columns these have in the warehouse."""
    manifest = json.loads((page.parent / "manifest.json").read_text())
    catalog = json.loads((page.parent / "catalog.json").read_text())
    return (
        {
            name: node
            for name, node in (manifest["nodes"] | manifest["sources"]).items()
            if node["resource_type"] in ("model", "seed", "source")
        },
        catalog["nodes"] | catalog["sources"],
    )


def gaps(nodes: Artifact, tables: Artifact) -> set[str]:
    """Tables and columns of the warehouse without a description, and descriptions of what is not there."""
    found = {name for name, node in nodes.items() if not node["description"].strip()}
    for name in nodes.keys() | tables.keys():
        told = nodes[name]["columns"] if name in nodes else {}
        there = tables[name]["columns"] if name in tables else {}
        found |= {f"{name}.{column}" for column in there if not told.get(column, {}).get("description", "").strip()}
        found |= {f"{name}.{column}" for column in told if column not in there}
    return found


def test_every_table_and_column_is_described(described: tuple[Artifact, Artifact]) -> None:
    nodes, tables = described
    assert {node["resource_type"] for node in nodes.values()} == {"model", "seed", "source"}
    assert len(tables) == len(nodes) > 60
    assert sum(len(table["columns"]) for table in tables.values()) > 600
    assert gaps(nodes, tables) == set()


def test_a_gap_would_be_found(described: tuple[Artifact, Artifact]) -> None:
    nodes, tables = copy.deepcopy(described)
    nodes["model.satu.person"]["description"] = " "
    nodes["model.satu.household"]["columns"]["members"]["description"] = ""
    del nodes["model.satu.stg_area"]["columns"]["zone"]
    nodes["seed.satu.indicator"]["columns"]["formula"] = {"description": "It was renamed."}
    assert gaps(nodes, tables) - gaps(*described) == {
        "model.satu.person",
        "model.satu.household.members",
        "model.satu.stg_area.zone",
        "seed.satu.indicator.formula",
    }


def test_the_page_holds_it_all_and_reports_to_nobody(page: Path) -> None:
    text = page.read_text()
    assert "People aged 0 to 14 and 65 and over per 100 people aged 15 to 64." in text
    assert json.loads((page.parent / "manifest.json").read_text())["metadata"]["send_anonymous_usage_stats"] is False


def test_every_published_view_and_column_says_what_it_is_where_tools_look(published: Published) -> None:
    unsaid = published.rows(
        "select c.oid::regclass::text, a.attname from pg_class as c"
        " join pg_attribute as a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped"
        " where c.relnamespace in ('published'::regnamespace, 'microdata'::regnamespace) and c.relkind = 'v'"
        " and (coalesce(obj_description(c.oid, 'pg_class'), '') = ''"
        " or coalesce(col_description(c.oid, a.attnum), '') = '')"
    )
    assert unsaid == []
    [(said,)] = published.rows(
        "select col_description('published.coverage_by_area'::regclass, attnum) from pg_attribute"
        " where attrelid = 'published.coverage_by_area'::regclass and attname = 'counted_person_count'"
    )
    assert said == "People counted, confirmed or provisionally."


def test_every_area_of_a_published_table_is_one_of_the_published_areas(published: Published) -> None:
    views = published.rows(
        "select table_name from information_schema.columns where table_schema = 'published'"
        " and column_name = 'area_code' and table_name not like 'release%'"
    )
    unknown = {
        name
        for (name,) in views
        if published.rows(
            f"select from published.{name} as told left join published.area as known using (area_level, area_code)"
            " where known.area_code is null"
        )
    }
    assert len(views) > 20
    assert unknown == set()
    levels = published.rows(
        "select area_level, is_whole, regency_count from published.area where area_level in ('province', 'country')"
    )
    assert levels == [("country", False, 514)]  # one city is no province
    [(labels, areas)] = published.rows("select count(distinct area_label), count(*) from published.area")
    assert labels == areas

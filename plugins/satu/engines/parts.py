"""The two parts of the project that are built one after the other, and what each reads of what is there before."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

_BEFORE = "staging"
"""Schema of all that is built before linkage."""
OF_RELEASES = "of_releases"
"""Tag of the models that read releases, which only the warehouse has."""


class Part(Enum):
    """The part to build: a selector of dbt_project/selectors.yml."""

    RECORDS = "before_linkage"
    """Typed records, the input of linkage."""
    PEOPLE = "after_linkage"
    """One row per person, marts, and the candidate of the next release."""


def inputs(manifest: dict[str, Any], part: Part) -> Iterator[str]:
    """Yield the tables (`schema.name`) that models of `part` read and that it does not build."""
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")}
    inside = {key for key, node in models.items() if (node["schema"] == _BEFORE) == (part is Part.RECORDS)}
    for key, node in (manifest["sources"] | models).items():
        if key not in inside and inside.intersection(manifest["child_map"][key]):
            yield relation(node)


def of_releases(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield the tables of the models that read releases."""
    for node in manifest["nodes"].values():
        if OF_RELEASES in node.get("tags", ()) and node["resource_type"] == "model":
            yield relation(node)


def is_view(node: dict[str, Any]) -> bool:
    """Return whether a model keeps no rows."""
    return bool(node["config"]["materialized"] == "view")


def relation(node: dict[str, Any]) -> str:
    """Return `schema.name` of a source, seed or model."""
    return f"{node['schema']}.{node.get('alias') or node['identifier']}"

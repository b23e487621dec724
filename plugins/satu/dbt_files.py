"""The files of dbt that follow from the contracts: sources, and descriptions and tests of the models stg_<feed>."""

from pathlib import Path

import yaml

from satu.contracts import Column, Contract
from satu.errors import WrongUsage

STAGING = Path("dbt_project", "models", "staging")


def dbt_files(contracts: dict[str, Contract]) -> dict[Path, str]:
    """Return the files of dbt that come from the contracts: place in the project ↦ text.

    `sources.yml` has one source table a feed, `stg_feeds.yml` the descriptions and tests of one model a feed.
    """
    source = {
        "name": "raw",
        "schema": "raw",
        "description": "Feeds as delivered, every field as text.",
        "tables": [_source_table(contract) for contract in contracts.values()],
    }
    return {
        STAGING / "sources.yml": _generated({"sources": [source]}),
        STAGING / "stg_feeds.yml": _generated({"models": [_staging_model(c) for c in contracts.values()]}),
    }


def refuse_stale(project: Path, files: dict[Path, str]) -> None:
    """Compare the files in `project` with what they should be.

    Raises:
        WrongUsage: one is missing or has another text.
    """
    stale = [str(place) for place, text in files.items() if not _is_written(project / place, text)]
    if stale:
        raise WrongUsage(f"{' and '.join(stale)} differ from what contracts/ says; run `satu contracts`")


def _is_written(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


class _Line(dict[str, object]):
    """What is written on one line, such as a column."""


class _Dumper(yaml.SafeDumper):
    """Writes what is repeated again, without anchors."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


_Dumper.add_representer(
    _Line, lambda dumper, line: dumper.represent_mapping("tag:yaml.org,2002:map", line, flow_style=True)
)


def _generated(content: object) -> str:
    head = "# Generated from contracts/ by `satu contracts`; change it there.\n"
    return head + yaml.dump(
        content, Dumper=_Dumper, default_flow_style=None, sort_keys=False, width=1000, allow_unicode=True
    )


def _source_table(contract: Contract) -> dict[str, object]:
    return {
        "name": contract.feed,
        "description": contract.schema_[0].description,
        "config": {"meta": _feed_meta(contract)},
        "columns": [
            *(_source_column(column) for column in contract.columns),
            _Line(name="_file_id", description="The file in ops.file."),
            _Line(name="_record_no", description="The record's ordinal in its file, 1 = first after the header."),
        ],
    }


def _feed_meta(contract: Contract) -> dict[str, object]:
    meta: dict[str, object] = {
        "kind": contract.extras.kind,
        "natural_key": list(contract.natural_key),
        "event_time": list(contract.extras.eventTime),
        "derived": {column.businessName: column.transformLogic for column in contract.extras.derived},
    }
    return _without_empty(meta)


def _source_column(column: Column) -> _Line:
    meta = {
        "business_name": column.businessName,
        "logical_type": column.logicalType,
        "required": column.required,
        "classification": column.classification,
        "codes": dict(column.customProperties.codes),
        "missing": list(column.customProperties.missing),
    }
    return _Line(name=column.name, description=column.description, config={"meta": _without_empty(meta)})


def _without_empty(meta: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in meta.items() if value not in ({}, [])}


def _staging_model(contract: Contract) -> dict[str, object]:
    grain = contract.schema_[0].description.removesuffix(".")
    return {
        "name": f"stg_{contract.feed}",
        "description": f"{grain}; records of loaded files, typed, in English codes.",
        "config": {"meta": {"erasure": [_way_to_a_person(contract)]}},
        "data_tests": [
            {"never_null": {"arguments": {"columns": ["file_id", "record_no", "is_latest", "natural_key"]}}},
            {"one_row_per": {"arguments": {"columns": ["file_id", "record_no"]}}},
        ],
        "columns": [
            _common_column("file_id"),
            _common_column("record_no"),
            _common_column("area_code", doc="delivered_area_code"),
            _common_column("period"),
            _common_column("is_latest"),
            *(_staged_column(column) for column in contract.columns),
            *(_Line(name=d.businessName, description=d.description) for d in contract.extras.derived),
            *([_common_column("name_key")] if _is_of_people(contract) else []),
            _common_column("natural_key"),
            _common_column("value_issues"),
        ],
    }


def _is_of_people(contract: Contract) -> bool:
    """Return whether linkage compares the names of a feed, as the macro `staged` sees it."""
    return {"name", "birth_date"} <= {column.businessName for column in contract.columns}


def _way_to_a_person(contract: Contract) -> _Line:
    if contract.identifier_columns:
        return _Line(record=["file_id", "record_no"], feed=contract.feed)
    return _Line(keep="the feed identifies nobody")


def _common_column(name: str, doc: str | None = None) -> _Line:
    """Return a column that every staging model has."""
    return _Line(name=name, description=f'{{{{ doc("{doc or name}") }}}}')


def _staged_column(column: Column) -> _Line:
    line = _Line(name=column.businessName, description=column.description)
    if codes := column.customProperties.codes:
        values = list(dict.fromkeys(codes.values()))
        line["data_tests"] = [{"accepted_values": {"arguments": {"values": values}}}]
    return line

"""Data contracts: what a feed's file holds, and everything that follows from it.

`contracts/<feed>.yaml` keeps to the Open Data Contract Standard (https://bitol-io.github.io/open-data-contract-standard/),
the part of it that is used here; a key that is not known is refused. Raw tables, header aliases, code lists, natural
keys, personal-data classes and dbt's sources all come from these files.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from satu.errors import WrongUsage

_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _named_values(value: object) -> object:
    """Turn ODCS' list of {property, value} into a mapping, so that each name is validated as a field."""
    if isinstance(value, list):
        return {item["property"]: item["value"] for item in value}
    return value


class ColumnExtras(_Strict):
    """Custom properties of a column."""

    aliases: tuple[str, ...] = ()
    codes: dict[str, str] = {}
    codeSystem: str | None = None
    missing: tuple[str, ...] = ()


class Column(_Strict):
    """One column of a feed."""

    name: str
    logicalType: Literal["string", "integer", "number", "date", "timestamp"]
    required: bool
    primaryKey: bool = False
    primaryKeyPosition: int = -1
    description: str
    classification: Literal["identifier", "personal", "public"]
    customProperties: Annotated[ColumnExtras, BeforeValidator(_named_values)] = ColumnExtras()


class FeedExtras(_Strict):
    """Custom properties of a feed."""

    kind: Literal["snapshot", "increment"]
    eventTime: str | None = None
    cadence: Literal["daily", "weekly", "semester", "once a phase"]
    phase: Literal["registry", "online", "field", "post_enumeration"] | None = None
    """The phase in which it comes; its window is in the seed phase_window."""
    encodings: tuple[Literal["utf-8", "utf-16", "windows-1252"], ...]


class Schema(_Strict):
    """The one table of a feed."""

    name: str
    description: str
    properties: tuple[Column, ...]


class Description(_Strict):
    """What a feed is for."""

    purpose: str


class Contract(_Strict):
    """A feed's contract, as in its file."""

    apiVersion: Literal["v3.1.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: Literal["active"]
    description: Description
    schema_: tuple[Schema]
    customProperties: Annotated[FeedExtras, BeforeValidator(_named_values)]

    @model_validator(mode="before")
    @classmethod
    def _free_the_name(cls, value: dict[str, object]) -> dict[str, object]:
        # `schema` is taken by pydantic itself.
        return {("schema_" if key == "schema" else key): item for key, item in value.items()}

    @property
    def feed(self) -> str:
        """The feed's name."""
        return self.name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The feed's columns in the order of the contract."""
        return self.schema_[0].properties

    @property
    def extras(self) -> FeedExtras:
        """Kind, event time, cadence and encodings."""
        return self.customProperties

    @cached_property
    def column_of_header(self) -> dict[str, str]:
        """Normalised header or alias ↦ column name."""
        return {
            normalised(header): column.name
            for column in self.columns
            for header in (column.name, *column.customProperties.aliases)
        }

    @cached_property
    def required_columns(self) -> frozenset[str]:
        """Columns without which a file is refused."""
        return frozenset(column.name for column in self.columns if column.required)

    @property
    def identifier_columns(self) -> tuple[str, ...]:
        """Columns that identify a person or a family."""
        return tuple(column.name for column in self.columns if column.classification == "identifier")

    @property
    def natural_key(self) -> tuple[str, ...]:
        """Columns of the natural key, in order."""
        keys = [column for column in self.columns if column.primaryKey]
        return tuple(column.name for column in sorted(keys, key=lambda column: column.primaryKeyPosition))


def normalised(header: str) -> str:
    """Return a header as it is compared: without case, spaces, line ends, dots, underscores and what nobody sees."""
    return re.sub(r"[\s._\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", header).lower()


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Return feed ↦ contract for each `<feed>.yaml` of `folder`, in order of the names.

    Raises:
        WrongUsage: a file does not keep to the form, or its name differs from the feed's.
    """
    contracts = {path.stem: _load(path) for path in sorted(folder.glob("*.yaml"))}
    if not contracts:
        raise WrongUsage(f"no contract in {folder}; expected <feed>.yaml files")
    return contracts


def contract_version(contracts: dict[str, Contract]) -> str:
    """Return one text that names the versions of all contracts."""
    return ", ".join(f"{feed} {contract.version}" for feed, contract in contracts.items())


def dbt_sources(contracts: dict[str, Contract]) -> str:
    """Return the text of dbt's sources file: one source table a feed, codes and missing values as column meta."""
    tables = [
        {
            "name": feed,
            "description": contract.schema_[0].description,
            "config": {"meta": _feed_meta(contract)},
            "columns": [*(_dbt_column(column) for column in contract.columns), *_LINEAGE_COLUMNS],
        }
        for feed, contract in contracts.items()
    ]
    source = {
        "name": "raw",
        "schema": "raw",
        "description": "Feeds as delivered, every field as text.",
        "tables": tables,
    }
    head = "# Generated from contracts/ by `satu contracts`; change it there.\n"
    return head + yaml.safe_dump({"sources": [source]}, sort_keys=False, width=120, allow_unicode=True)


_LINEAGE_COLUMNS = [
    {"name": "_file_id", "description": "The file in ops.file."},
    {"name": "_record_no", "description": "The record's ordinal in its file, 1 = first after the header."},
]


def _load(path: Path) -> Contract:
    try:
        contract = Contract.model_validate(yaml.safe_load(path.read_text()))
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise WrongUsage(f"{path} does not keep to the form of a contract: {details}") from None
    if contract.name != path.stem:
        raise WrongUsage(f"{path} is the contract of {contract.name!r}; expected the file to be named after its feed")
    return contract


def _feed_meta(contract: Contract) -> dict[str, object]:
    meta: dict[str, object] = {"kind": contract.extras.kind, "natural_key": list(contract.natural_key)}
    if contract.extras.eventTime:
        meta["event_time"] = contract.extras.eventTime
    return meta


def _dbt_column(column: Column) -> dict[str, object]:
    extras = column.customProperties
    meta = {
        "logical_type": column.logicalType,
        "required": column.required,
        "classification": column.classification,
        "codes": dict(extras.codes),
        "missing": list(extras.missing),
    }
    return {
        "name": column.name,
        "description": column.description,
        "config": {"meta": {key: value for key, value in meta.items() if value not in ({}, [])}},
    }

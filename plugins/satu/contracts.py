"""Data contracts: what a feed's file holds, and everything that follows from it.

`contracts/<feed>.yaml` keeps to the Open Data Contract Standard (https://bitol-io.github.io/open-data-contract-standard/),
the part of it that is used here; a key that is not known is refused. Raw tables, header aliases, code lists, natural
keys, personal-data classes, dbt's sources and the models stg_<feed> all come from these files.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from satu.errors import WrongUsage
from satu.strict import Strict

_Model = TypeVar("_Model", bound=BaseModel)


def _named_values(value: object) -> object:
    """Turn ODCS' list of {property, value} into a mapping, so that each name is validated as a field."""
    if isinstance(value, list):
        return {item["property"]: item["value"] for item in value}
    return value


EnglishName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""The name of a column of the model stg_<feed>."""


class ColumnExtras(Strict):
    """Custom properties of a column."""

    aliases: tuple[str, ...] = ()
    codes: dict[str, str] = Field(default_factory=dict)
    codeSystem: str | None = None
    missing: tuple[str, ...] = ()


class Column(Strict):
    """One column of a feed."""

    name: str
    businessName: EnglishName
    logicalType: Literal["string", "integer", "number", "date", "timestamp"]
    required: bool
    primaryKey: bool = False
    primaryKeyPosition: int = -1
    description: str
    classification: Literal["identifier", "personal", "public"]
    customProperties: Annotated[ColumnExtras, BeforeValidator(_named_values)] = ColumnExtras()


class Derived(Strict):
    """A column of stg_<feed> that is computed from its others."""

    businessName: EnglishName
    transformLogic: str
    description: str


class FeedExtras(Strict):
    """Custom properties of a feed."""

    kind: Literal["snapshot", "increment"]
    eventTime: tuple[str, ...] = ()
    """Columns with the time of a record's event; the first one that is stated counts."""
    cadence: Literal["daily", "weekly", "semester", "once a phase"]
    phase: Literal["registry", "online", "field", "post_enumeration"] | None = None
    """The phase in which it comes; its window is in the seed phase_window."""
    encodings: tuple[Literal["utf-8", "utf-16", "windows-1252"], ...]
    derived: tuple[Derived, ...] = ()


class Schema(Strict):
    """The one table of a feed."""

    name: str
    description: str
    properties: tuple[Column, ...]


class Description(Strict):
    """What a feed is for."""

    purpose: str


class Contract(Strict):
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
        """Kind, event time, cadence, encodings and derived columns."""
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


def _load(path: Path) -> Contract:
    try:
        contract = Contract.model_validate(yaml.safe_load(path.read_text()))
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise WrongUsage(f"{path} does not keep to the form of a contract: {details}") from None
    if contract.name != path.stem:
        raise WrongUsage(f"{path} is the contract of {contract.name!r}; expected the file to be named after its feed")
    return contract

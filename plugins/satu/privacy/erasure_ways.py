"""How the rows of a table lead to a person: `meta.erasure` of dbt's models and sources, read from its manifest.

It is a list of ways. A row is erased when any of them leads from it to the person.

{record: [feed, file_id, record_no]}           columns that name a record of the person
{record: [file_id, record_no], feed: asn}      the same, in a table whose records are all of one feed
{person: person_id}                            column with the person's number; `prefix`: text in front of the number;
                                               `where`: only rows with these values
{clear: head_person_id}                        the row stays, its column with the person's number becomes null
{through: other, by: {column: its_column}}     rows with the same values as an erased row of `other`, a model or source;
                                               `unshared`: unless a row that stays there has these values too
{keep: reason}                                 the table holds nobody
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from pydantic import Field, TypeAdapter, ValidationError

from satu.errors import BuildFailed
from satu.strict import Strict

SCHEMAS = ["staging", "population", "coverage", "field"]
"""Schemas with tables whose rows can be a person's."""
# A column of one of these names, or whose name ends in `_` and one of them, can lead to a person.
_LEADING = (
    "person_id", "record_no", "record_key", "name_key", "nik", "nip", "family_card_no", "card_key", "submission_id",
    "interview_id", "return_id", "list_no", "address", "natural_key",
)  # fmt: skip


class _Record(Strict):
    record: tuple[str, str, str]


class _RecordOfFeed(Strict):
    record: tuple[str, str]
    feed: str


class _Person(Strict):
    person: str
    prefix: str = ""
    where: dict[str, int | str] = Field(default_factory=dict)


class _Clear(Strict):
    clear: str


class _Through(Strict):
    through: str
    by: dict[str, str] = Field(min_length=1)
    unshared: bool = False


class _Keep(Strict):
    keep: str = Field(min_length=1)


_Any = _Record | _RecordOfFeed | _Person | _Clear | _Through | _Keep
_WAYS: TypeAdapter[tuple[_Any, ...]] = TypeAdapter(tuple[_Any, ...])


@dataclass(frozen=True)
class Table:
    """A model or source, and the ways that lead from its rows to a person; none if not defined."""

    schema: str
    name: str
    ways: tuple[_Any, ...]

    def columns(self) -> set[str]:
        """Return the columns that the ways need."""
        return {column for way in self.ways for column in _columns(way)}


Tables = dict[str, Table]
"""By the name of the model or source."""
Place = tuple[str, str]
"""Schema and name of a table."""


def read(manifest: dict[str, Any]) -> Tables:
    """Return the tables of a manifest that can hold people.

    Raises:
        BuildFailed: a model's meta.erasure is not a list of ways, or goes through a model that does not exist.
    """
    tables = {}
    for node in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        if node["resource_type"] in ("model", "seed", "source") and node["schema"] in SCHEMAS:
            name = node["name"]
            try:
                ways = _WAYS.validate_python(node["config"]["meta"].get("erasure", ()))
            except ValidationError:
                raise BuildFailed(
                    f"meta.erasure of {name} is not a list of ways; expected those of {__name__}"
                ) from None
            tables[name] = Table(node["schema"], node.get("alias") or node["identifier"], ways)
    for name, table in tables.items():
        for way in table.ways:
            if isinstance(way, _Through) and way.through not in tables:
                raise BuildFailed(f"meta.erasure of {name} goes through {way.through}, which is not a model or source")
    return tables


def troubles(tables: Tables, filled: dict[Place, set[str]], found: Collection[Place]) -> list[str]:
    """Return the problems of tables in `filled` (with their columns) that an erasure could not search.

    `found`: all tables of the warehouse; the empty ones among them hold nobody.
    """
    problems = []
    for place, columns in filled.items():
        table = _of(tables, place)
        leading = sorted(column for column in columns if any(f"_{column}".endswith(f"_{name}") for name in _LEADING))
        if leading and not (table and table.ways):
            problems.append(f"{'.'.join(place)} has {', '.join(leading)}, and no model says whose its rows are")
        if table and (missing := sorted(table.columns() - columns)):
            problems.append(f"{'.'.join(place)} has no {', '.join(missing)}")
        problems += [
            f"{'.'.join(place)} is searched through {way.through}, which is not there"
            for way in (table.ways if table else ())
            if isinstance(way, _Through) and _place(tables[way.through]) not in found
        ]
    return problems


def statements(tables: Tables, filled: Iterable[Place]) -> Iterator[tuple[str, sql.Composed]]:
    """Yield the statements that erase the person of forget_person and forget_record, with the name of their table.

    A table through which others are searched comes after these.
    """
    there = [(place, table) for place in filled if (table := _of(tables, place))]
    for place, table in sorted(there, key=lambda item: -_depth(item[1], tables)):
        for way in table.ways:
            terms = {"table": sql.Identifier(*place), "row": sql.Identifier("t")}
            if isinstance(way, _Clear):
                leads = _leads(_Person(person=way.clear), "t", tables)
                update = sql.SQL("update {table} as {row} set {column} = null where {leads}")
                yield ".".join(place), update.format(**terms, column=sql.Identifier(way.clear), leads=leads)
            elif not isinstance(way, _Keep):
                delete = sql.SQL("delete from {table} as {row} where {leads}")
                yield ".".join(place), delete.format(**terms, leads=_leads(way, "t", tables))


def _of(tables: Tables, place: Place) -> Table | None:
    """Return the table with a name, or the one that dbt was building for it when it was killed."""
    schema, name = place
    return next((table for table in tables.values() if _place(table) == (schema, name.split("__dbt_")[0])), None)


def _place(table: Table) -> Place:
    return table.schema, table.name


def _depth(table: Table, tables: Tables) -> int:
    return max((1 + _depth(tables[way.through], tables) for way in table.ways if isinstance(way, _Through)), default=0)


def _columns(way: _Any) -> Iterable[str]:
    match way:
        case _Record(record=columns) | _RecordOfFeed(record=columns):
            return columns
        case _Person(person=column, where=where):
            return {column, *where}
        case _Clear(clear=column):
            return {column}
        case _Through(by=by):
            return by
        case _Keep():
            return ()


def _leads(way: _Any, row: str, tables: Tables) -> sql.Composed:
    """Return the condition under which a row, by its alias, leads to the person."""
    match way:
        case _Record(record=columns):
            return _record(_row(row, columns))
        case _RecordOfFeed(record=columns, feed=feed):
            return _record(sql.SQL("{}, {}").format(sql.Literal(feed), _row(row, columns)))
        case _Person(person=column, prefix=prefix, where=where):
            number = sql.SQL("{} || person_id").format(sql.Literal(prefix)) if prefix else sql.SQL("person_id")
            found = sql.SQL("{} in (select {} from forget_person)").format(_row(row, [column]), number)
            only = [sql.SQL("{} = {}").format(_row(row, [name]), sql.Literal(value)) for name, value in where.items()]
            return sql.SQL(" and ").join([found, *only])
        case _Through():
            return _through(way, row, tables)
        case _:
            return sql.SQL("{}").format(sql.Literal(False))


def _through(way: _Through, row: str, tables: Tables) -> sql.Composed:
    other, its = tables[way.through], f"{row}_"
    found = "({values}) in (select {its_values} from {other} as {its} where {erased})"
    shared = "exists (select from {other} as {its} where ({its_values}) = ({values}) and ({erased}) is not true)"
    return sql.SQL(f"{found} and not {shared}" if way.unshared else found).format(
        values=_row(row, way.by),
        its_values=_row(its, way.by.values()),
        other=sql.Identifier(*_place(other)),
        its=sql.Identifier(its),
        erased=sql.SQL(" or ").join(_leads(one, its, tables) for one in other.ways),
    )


def _record(values: sql.Composed) -> sql.Composed:
    return sql.SQL("({}) in (select feed, file_id, record_no from forget_record)").format(values)


def _row(row: str, columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(row, column) for column in columns)

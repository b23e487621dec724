"""What a page consists of, and how tables are made of rows of figures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from satu.export.site.charts import Chart
from satu.export.site.figures import Figures, Place, Row
from satu.export.site.words import NOTHING, Language

if TYPE_CHECKING:
    from datetime import date

STATUS = "_status"


@dataclass(frozen=True)
class Cell:
    """One cell: its text, where it leads, whether it says why there is no value."""

    text: str
    href: str | None = None
    is_missing: bool = False
    sorts_by: int | None = None
    """Where its text does not sort: a day."""


@dataclass(frozen=True)
class Table:
    """One table; `anchors` are the ids of its rows, `is_open` shows it without a click."""

    caption: str
    head: list[str]
    rows: list[list[Cell]]
    anchors: list[str] = field(default_factory=list)
    is_open: bool = False
    is_words: bool = False
    is_english: bool = False
    dataset: str | None = None
    """The published table that it shows, which can be downloaded."""


@dataclass(frozen=True)
class Section:
    """One part of a page: a heading, what is to be said, drawings and tables."""

    name: str
    title: str
    said: list[str] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One page in one language; `path` is below the folder of the language."""

    path: str
    title: str
    sections: list[Section]
    key_figures: list[tuple[str, str]] = field(default_factory=list)
    above: list[tuple[str, str]] = field(default_factory=list)
    """The areas around it: name and path."""
    has_days: bool = False


@dataclass(frozen=True)
class Writer:
    """Makes cells and tables in one language."""

    language: Language
    figures: Figures

    def text(self, english: str) -> str:
        """Return a text in the language."""
        return self.language.text(english)

    def area(self, place: Place, root: str = "") -> Cell:
        """Return the name of an area, which leads to its page."""
        name = self.figures.name(place).title() if place[0] != "sls" else self.figures.name(place)
        return Cell(name, area_path(place, root) if place[0] != "sls" else None)

    def value(self, row: Row, column: str, *, in_words: bool = False) -> Cell:
        """Return a value of a row, or why it is missing; `in_words` is for codes."""
        found = row.get(column)
        if found is not None and in_words:
            return Cell(self.language.category(found))
        if found is not None:
            return Cell(self.language.cell(found))
        status = row.get(column + STATUS)
        return Cell(self.language.category(status), is_missing=True) if status else Cell(NOTHING)

    def table(
        self,
        caption: str,
        rows: Iterable[Row],
        columns: Sequence[str],
        first: dict[str, Callable[[Row], Cell]],
        *,
        is_open: bool = False,
        anchor: Callable[[Row], str] | None = None,
        labels: dict[str, str] | None = None,
        dataset: str | None = None,
    ) -> Table:
        """Return a table with the cells of `first` (heading ↦ cell of a row) before those of `columns`.

        `labels` are headings of columns that here have another name.
        """
        rows = list(rows)
        head = [
            *map(self.text, first),
            *(self.text(labels[c]) if labels and c in labels else self.language.heading(c) for c in columns),
        ]
        cells = [
            [*(make(row) for make in first.values()), *(self.value(row, name) for name in columns)] for row in rows
        ]
        anchors = [anchor(row) for row in rows] if anchor else []
        return Table(self.text(caption), head, cells, anchors, is_open, dataset=dataset)

    def word(self, column: str) -> Callable[[Row], Cell]:
        """Return what makes a cell of a code in words."""
        return lambda row: Cell(self.language.category(row[column]))

    def day(self, column: str) -> Callable[[Row], Cell]:
        """Return what makes a cell of a day, which sorts as days do."""

        def cell(row: Row) -> Cell:
            day: date | None = row[column]
            return Cell(self.language.cell(day), sorts_by=day.toordinal() if day else None)

        return cell


def area_path(place: Place, root: str = "") -> str:
    """Return the path of an area's page."""
    return f"{root}area/{place[1]}.html"

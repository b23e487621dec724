"""What every file of the catalogue says: the release, its words in two languages, its files, what its columns mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from satu.export.catalogue.office import Office
from satu.export.data import Exported
from satu.export.source import ReleaseInfo
from satu.exported import sha256
from satu.settings import Settings
from satu.warehouse.comments import Comments, comments_on

LANGUAGES = ("id", "en")
_FORMATS = {".csv": ("CSV", "text/csv"), ".parquet": ("Parquet", "application/vnd.apache.parquet")}
_DIALECT = ".indonesia.csv"
_TITLE = {
    "id": "{mark}Sensus penduduk {area}, rilis {release}",
    "en": "{mark}Population census of {area}, release {release}",
}
_MARK = {"id": "[Data simulasi] ", "en": "[Simulated data] "}
_NOTICE = {
    "id": "Data simulasi: angka-angka ini bukan tentang orang yang sungguh ada.",
    "en": "Simulated data: nobody in these figures lives.",
}
_DESCRIPTION = {
    "id": "Angka pada hari rujukan {day}. Setiap cacah penduduk atau keluarga diubah secara acak paling banyak 4; yang"
    " menjadi 1 sampai 4 tidak ditampilkan. Di sebelah nilai yang dapat kosong, <nilai>_status menyebut alasannya.",
    "en": "Counts on the reference day {day}. Every count of people or households is off by up to 4 at random; one that"
    " comes out at 1 to 4 is withheld. Beside a value that can be missing, <value>_status says why.",
}
_UNKNOWN_DAY = {"id": "yang tidak diketahui", "en": "that is not known"}
_FILE_TITLE = {
    "id": ("{table} ({format})", "{table} (CSV untuk Excel berbahasa Indonesia)"),
    "en": ("{table} ({format})", "{table} (CSV for Excel in Indonesia)"),
}


@dataclass(frozen=True)
class File:
    """One file of data: its table, its path in the folder of the release, its size in bytes, its SHA-256 in hex."""

    table: str
    path: str
    format: str
    media_type: str
    size: int
    sha256: str

    def title(self, language: str) -> str:
        """Return what the file is called in a language (`id` or `en`)."""
        standard, local = _FILE_TITLE[language]
        return (local if self.path.endswith(_DIALECT) else standard).format(table=self.table, format=self.format)


@dataclass(frozen=True)
class Subject:
    """A release as catalogues describe it; `meanings` are the comments on each table, by its name."""

    settings: Settings
    office: Office
    info: ReleaseInfo
    exported: list[Exported]
    meanings: dict[str, Comments]
    keys: dict[str, tuple[str, ...]]
    """The columns that tell the rows of a table apart, by its name."""
    files: tuple[File, ...]

    @property
    def area_name(self) -> str:
        """The name of the area, in title case."""
        return self.info.area_name.title()

    def title(self, language: str) -> str:
        """Return the title of the release in a language (`id` or `en`); it begins with a mark if simulated."""
        mark = _MARK[language] if self.info.is_simulated else ""
        return _TITLE[language].format(mark=mark, area=self.area_name, release=self.info.release_id)

    def notice(self, language: str) -> str:
        """Return the sentence that says the data are invented; empty for real ones."""
        return _NOTICE[language] if self.info.is_simulated else ""

    def description(self, language: str) -> str:
        """Return what the release holds, in a language (`id` or `en`)."""
        day = self.info.reference_date or _UNKNOWN_DAY[language]
        return " ".join(filter(None, (self.notice(language), _DESCRIPTION[language].format(day=day))))


def subject(
    connection: psycopg.Connection,
    settings: Settings,
    office: Office,
    info: ReleaseInfo,
    exported: list[Exported],
    folder: Path,
) -> Subject:
    """Return what the catalogue of one release says; the files of data are in `<folder>/data`."""
    tables = (info.manifest or {}).get("tables", [])
    return Subject(
        settings,
        office,
        info,
        exported,
        {table.name: comments_on(connection, ("released", table.name)) for table in exported},
        {table["name"]: tuple(table.get("one_row_per") or ()) for table in tables},
        tuple(_files(exported, folder)),
    )


def _files(exported: list[Exported], folder: Path) -> Iterator[File]:
    for table in exported:
        for ending in (".csv", _DIALECT, ".parquet"):
            path = folder / "data" / f"{table.file}{ending}"
            name, media_type = _FORMATS[path.suffix]
            relative = path.relative_to(folder).as_posix()
            yield File(table.name, relative, name, media_type, path.stat().st_size, sha256(path))

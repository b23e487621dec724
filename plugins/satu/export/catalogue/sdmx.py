"""`sdmx/`: structures (SDMX-ML 3.0) and data (SDMX-CSV 2.0) of the tables that other offices ask for.

All structures belong to the agency SATU and have the version of their release. In SDMX, simulated data are known by
the ids of their dataflows, which begin with SIMULATED_, and by the flag Test of the message of structures.
"""

from pathlib import Path

import psycopg

from satu.export import source
from satu.export.catalogue.sdmx_data import SHOWN, Status, write_data
from satu.export.catalogue.sdmx_structure import write_structure
from satu.export.catalogue.subject import Subject

FOLDER = "sdmx"
TABLES = ("coverage_by_area", "population_by_age_sex", "coverage_estimate")
STRUCTURE = "structure.xml"
_STATUS = "value_status"


def write_sdmx(connection: psycopg.Connection, about: Subject, release: Path, folder: Path) -> None:
    """Write `<folder>/sdmx/`: `structure.xml` and a CSV file a table; `release` is the folder of the release.

    Nothing is written of a release without a reference day or `value_status`, nor of a table whose key is not known:
    SDMX needs them.

    Raises:
        BuildFailed: a published value has a status that is not in `value_status`.
    """
    statuses = {
        row["status"]: Status(row["meaning"], row["obs_status"], row["conf_status"])
        for row in source.read(connection, about.info.release_id, _STATUS)
    }
    tables = [table for table in about.exported if table.name in TABLES and about.keys.get(table.name)]
    if not tables or SHOWN not in statuses or not about.info.reference_date:
        return
    target = folder / FOLDER
    target.mkdir()
    written = [
        write_data(about, table, statuses, release / "data" / f"{table.file}.csv", target / f"{table.file}.csv")
        for table in tables
    ]
    write_structure(about, written, statuses, target / f"{about.info.file_prefix}{STRUCTURE}")

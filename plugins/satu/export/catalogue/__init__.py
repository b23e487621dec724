"""The release as catalogues take it: `datapackage.json`, and `catalogue/` for CKAN, DCAT-AP, SDMX and BPS."""

from pathlib import Path

import psycopg

from satu.export.catalogue.bps import write_bps
from satu.export.catalogue.ckan import write_ckan
from satu.export.catalogue.datapackage import write_datapackage
from satu.export.catalogue.dcat import write_dcat
from satu.export.catalogue.office import load_office
from satu.export.catalogue.sdmx import write_sdmx
from satu.export.catalogue.subject import subject
from satu.export.data import Exported
from satu.export.source import ReleaseInfo
from satu.settings import Settings

__all__ = ["FOLDER", "write_catalogue"]

FOLDER = "catalogue"


def write_catalogue(
    connection: psycopg.Connection, settings: Settings, info: ReleaseInfo, exported: list[Exported], folder: Path
) -> None:
    """Write `<folder>/datapackage.json` and `<folder>/catalogue/`; the files of data are already in `<folder>/data/`.

    Raises:
        WrongUsage: governance/office.yaml has another form.
        BuildFailed: a published value has a status that `value_status` lacks.
    """
    about = subject(connection, settings, load_office(settings.project_dir), info, exported, folder)
    write_datapackage(about, folder)
    target = folder / FOLDER
    target.mkdir()
    write_ckan(about, target)
    write_dcat(about, target)
    write_sdmx(connection, about, folder, target)
    write_bps(connection, about, target)

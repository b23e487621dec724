"""export: write pages and files, from the released tables only.

`<releases_dir>/<release_id>/` holds each published view as CSV and Parquet under data/, `manifest.json` (what the
release was made from, and the files of each table), `datapackage.json` (what the CSV files hold), the files for
catalogues of data under catalogue/, `census.xlsx` (the tables for people in offices), the pages under site/, which need
no network, and `SHA256SUMS` over all of it (`sha256sum -c SHA256SUMS`). The names of files of simulated data begin as
those of its deliveries do.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

from satu import warehouse
from satu.contracts import load_contracts
from satu.errors import WrongUsage
from satu.export.catalogue import write_catalogue
from satu.export.data import WORKBOOK, Exported, write_table
from satu.export.site import FOLDER, write_site
from satu.export.source import ReleaseInfo, checks, release_info, tables
from satu.export.workbook import write_workbook
from satu.exported import MANIFEST, SUMS, is_of, is_whole, remove, sha256
from satu.settings import Settings


def export_release(settings: Settings, release_id: str) -> Path:
    """Write the folder of one release and return it; a complete folder of this very release is left unchanged.

    An incomplete folder, or one of the same name from another warehouse, is written again.

    Raises:
        WrongUsage: there is no such release, its tables were dropped, or governance/office.yaml has another form.
        BuildFailed: a published value has a status that `value_status` lacks.
    """
    target = settings.releases_dir / release_id
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        info = release_info(connection, release_id)
        if info is None:
            raise WrongUsage(f"no release {release_id!r}; `satu releases` lists them")
        if info.dropped_at:
            raise WrongUsage(
                f"the tables of release {release_id} were dropped on {info.dropped_at:%Y-%m-%d}; expected a release"
                " that is kept. `satu releases` lists them"
            )
        if _is_there(target, info):
            return target
        settings.releases_dir.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=settings.releases_dir))
        try:
            unfinished.chmod(0o755)
            data = unfinished / "data"
            exported = [write_table(connection, data, table, info.file_prefix) for table in tables(connection, info)]
            _write_manifest(unfinished, info, exported)
            write_catalogue(connection, settings, info, exported, unfinished)
            write_workbook(info, exported, data, unfinished / f"{info.file_prefix}{WORKBOOK}")
            found = checks(connection, info.run_id)
            write_site(connection, info, found, exported, _columns(settings), unfinished / FOLDER)
            _write_sums(unfinished)
            _take_name(unfinished, target, info)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _is_there(target: Path, info: ReleaseInfo) -> bool:
    return is_of(target, info.release_id, info.run_id, info.created_at) and is_whole(target)


def _take_name(unfinished: Path, target: Path, info: ReleaseInfo) -> None:
    if target.exists() and not _is_there(target, info):
        remove(target)
    try:
        unfinished.rename(target)
    except OSError:
        if not _is_there(target, info):  # otherwise another export of the same release was faster
            raise


def _columns(settings: Settings) -> list[tuple[str, str, str]]:
    """Return (feed, column of the file, name in the warehouse) of every column of the contracts."""
    contracts = load_contracts(settings.project_dir / "contracts")
    return [
        (feed, column.name, column.businessName) for feed, contract in contracts.items() for column in contract.columns
    ]


def _write_manifest(folder: Path, info: ReleaseInfo, exported: list[Exported]) -> None:
    made_from = info.manifest or {}
    released = {table["name"]: table for table in made_from.get("tables", [])}
    manifest = {
        **made_from,
        "release_id": info.release_id,
        "run_id": info.run_id,
        "created_at": info.created_at.isoformat(),
        "approved_by": info.approved_by,
        "git_revision": info.git_revision,
        "area": {"level": info.area_level, "code": info.area_code, "name": info.area_name},
        # Left out: observed values can be exact counts, and published counts are perturbed. The ledger has them.
        "checks": [
            {name: value for name, value in check.items() if name != "observed"}
            for check in made_from.get("checks", [])
        ],
        "tables": [
            {
                **released.get(table.name, {}),
                "name": table.name,
                "rows": table.rows,
                "columns": [{"name": name, "type": kind} for name, kind in table.columns.items()],
                "files": {kind: f"data/{table.file}.{kind}" for kind in ("csv", "parquet")},
            }
            for table in exported
        ],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _write_sums(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    with (folder / SUMS).open("w", encoding="utf-8") as sums:
        sums.writelines(lines)
        sums.flush()
        os.fsync(sums.fileno())

"""Other ways to the same end, on the city of `satu bench whole`: scripts as offices write them, and another engine.

None does what Satu does. A script loads the CSV files of three feeds and counts people by NIK and area or sex, without
rejects, links or checks. DuckDB builds the same models from the same inputs, in one process and without tests.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from satu import warehouse
from satu.engines import Part, elsewhere
from satu.errors import BuildFailed
from satu.settings import Settings

_FEEDS = ("registry", "verification", "online_person")
# Each script gets (URL, landing folder) and prints its seconds, its own start left out.
_COMMON = """
import sys, tempfile, time, pathlib
url, landing = sys.argv[1], pathlib.Path(sys.argv[2])
files = {feed: sorted((landing / feed).rglob("*.csv")) for feed in FEEDS}
"""
_PANDAS = """
import pandas, sqlalchemy
engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
begun = time.perf_counter()
for feed, paths in files.items():
    tables = []
    for path in paths:
        try:
            tables.append(pandas.read_csv(path, dtype=str, sep=None, engine="python", on_bad_lines="skip"))
        except (ValueError, UnicodeError, pandas.errors.ParserError):
            continue
    table = pandas.concat(tables)
    table.to_sql(f"peer_{feed}", engine, schema="public", if_exists="replace", index=False, chunksize=50_000)
    if "nik" in table:
        group = next((name for name in table if name.startswith("kode_")), "jk")
        counts = table.drop_duplicates("nik").groupby(group)["nik"].count().reset_index()
        counts.to_sql(f"peer_{feed}_count", engine, schema="public", if_exists="replace", index=False)
print(time.perf_counter() - begun)
"""
_DLT = """
import dlt, pyarrow, pyarrow.csv
from dlt.destinations import postgres
def tables(paths):
    for path in paths:
        try:
            table = pyarrow.csv.read_csv(path)
        except pyarrow.ArrowInvalid:
            continue
        yield table.cast(pyarrow.schema([(name, pyarrow.string()) for name in table.schema.names]))
url = url.replace("@/", ":none@localhost/")  # it insists on a password and a host beside the socket
with tempfile.TemporaryDirectory() as folder:
    pipeline = dlt.pipeline("peer", destination=postgres(url), dataset_name="peer_whole", pipelines_dir=folder)
    begun = time.perf_counter()
    for feed, paths in files.items():
        pipeline.run(tables(paths), table_name=feed)
    print(time.perf_counter() - begun)
"""
_SCRIPTS = {
    "pandas and SQLAlchemy": (("pandas==3.1.1", "sqlalchemy==2.1.9", "psycopg[binary]==3.3.9"), _PANDAS),
    "dlt": (("dlt[postgres]", "pyarrow"), _DLT),
}


@dataclass(frozen=True)
class Peer:
    """What another way took."""

    name: str
    does: str
    seconds: float | None
    """None where it is not available here, or fails."""
    satu_seconds: float
    """What Satu took for the stage that comes nearest."""
    ratio: float | None
    """`seconds` by `satu_seconds`."""


def whole_peers(given: Settings, seconds: dict[str, float]) -> list[Peer]:
    """Return what each other way takes for the city that Satu just built, and that took `seconds` by stage."""
    loading = f"loads the CSV files of {', '.join(_FEEDS)}"
    found = [
        _peer(name, f"{loading}{' and counts people' if name != 'dlt' else ''}", _script(given, name), seconds["load"])
        for name in _SCRIPTS
    ]
    return [*found, _peer("dbt-duckdb", "builds the same models, without tests", _duckdb(given), seconds["build"])]


def _peer(name: str, does: str, seconds: float | None, satu_seconds: float) -> Peer:
    ratio = None if seconds is None else round(seconds / satu_seconds, 2)
    return Peer(name, does, seconds if seconds is None else round(seconds, 1), satu_seconds, ratio)


def _script(given: Settings, name: str) -> float | None:
    packages, script = _SCRIPTS[name]
    command = [str(Path(sys.executable).parent / "uv"), "run", "--quiet", "--no-project", "--isolated"]
    for package in packages:
        command += ["--with", package]
    whole = f"FEEDS = {_FEEDS!r}\n{_COMMON}{script}"
    command += ["python", "-c", whole, warehouse.admin_url(given), given.landing_url]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def _duckdb(given: Settings) -> float | None:
    begun = perf_counter()
    with tempfile.TemporaryDirectory(prefix="satu-duckdb-") as place:
        for part in Part:
            folder = Path(place) / part.value
            elsewhere.hand_over(given, part, folder)
            try:
                built = elsewhere.run(given, part, folder, {"as_of": "", "rules": "the bench"}, "duckdb", {})
            except BuildFailed:
                return None  # dbt-duckdb is not installed
            if any(result["status"] != "success" for result in built):
                return None
    return perf_counter() - begun

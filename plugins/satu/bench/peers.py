"""Other loaders of the same file into the same server; each is installed for the bench only, where that is possible."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

from satu import warehouse
from satu.settings import Settings

# Each script gets (URL, file) and prints the seconds that loading took, its own start left out.
_SCRIPTS = {
    "pandas": (
        ("pandas==3.1.1", "sqlalchemy==2.1.9", "psycopg[binary]==3.3.9"),
        """
import sys, time, pandas, sqlalchemy
engine = sqlalchemy.create_engine(sys.argv[1].replace("postgresql:", "postgresql+psycopg:"))
begun = time.perf_counter()
for part in pandas.read_csv(sys.argv[2], dtype=str, chunksize=50_000):
    part.to_sql("peer_pandas", engine, schema="public", if_exists="append", index=False)
print(time.perf_counter() - begun)
""",
    ),
    "dlt": (
        ("dlt[postgres]", "pandas==3.1.1", "pyarrow"),
        """
import sys, tempfile, time, dlt, pyarrow.csv
from dlt.destinations import postgres
url = sys.argv[1].replace("@/", ":none@localhost/")  # it insists on a password and a host beside the socket
with tempfile.TemporaryDirectory() as folder:
    pipeline = dlt.pipeline("peer", destination=postgres(url), dataset_name="peer_dlt", pipelines_dir=folder)
    begun = time.perf_counter()
    pipeline.run(pyarrow.csv.open_csv(sys.argv[2]), table_name="registry")
    print(time.perf_counter() - begun)
""",
    ),
}


def peers(given: Settings, file: Path) -> Iterator[tuple[str, float | None]]:
    """Yield (name, seconds to load `file`), with none for a loader that is not available."""
    url = warehouse.admin_url(given)
    for name, (packages, script) in _SCRIPTS.items():
        command = [str(Path(sys.executable).parent / "uv"), "run", "--quiet", "--no-project", "--isolated"]
        for package in packages:
            command += ["--with", package]
        yield name, _seconds([*command, "python", "-c", script, url, str(file)])
    if shutil.which("pgloader"):
        yield "pgloader", _pgloader(given, file)


def _seconds(command: list[str]) -> float | None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def _pgloader(given: Settings, file: Path) -> float | None:
    from satu.contracts import load_contracts

    place = warehouse.parts(warehouse.admin_url(given))
    columns = [column.name for column in load_contracts(given.project_dir / "contracts")["registry"].columns]
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as connection:
        connection.execute(f"create table public.peer_pgloader ({', '.join(f'{name} text' for name in columns)})")
    target = f"postgresql://{place['user']}@unix:{place['host']}:{place['port']}/{place['dbname']}?tablename=public.peer_pgloader"
    summary = file.with_suffix(".json")
    command = ["pgloader", "--type", "csv", "--with", "skip header = 1", "--summary", str(summary)]
    for name in columns:
        command += ["--field", name]
    done = subprocess.run([*command, str(file), target], check=False, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode or not summary.exists():
        return None
    # Its summary is not quite JSON; the last figure is the total.
    return float(re.findall(r'"SECS":([\d.]+)', summary.read_text())[-1])

"""`satu bench load`: speed of loading, against psql's own copy and other loaders of the same files."""

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import psycopg

from satu import pipeline, warehouse
from satu.bench.memory import Memory
from satu.bench.own_server import Say, own_server
from satu.bench.peers import peers
from satu.contracts import load_contracts
from satu.settings import Settings

FEED = "registry"
FILES = 8
SMALL_FILES = 2000
SMALL_RECORDS = 100
PEER_RECORDS = 200_000
OTHER_RECORDS = 100_000
"""In one file of another format; as many as a workbook may have."""
DAMAGED_SHARE = 0.01
_SEED = 2020


@dataclass(frozen=True)
class LoadBench:
    """The result of the bench; ratios are records per second over the baseline's."""

    parallel_vs_copy: float
    single_vs_copy: float
    damaged_vs_clean: float
    small_files_per_second: float
    peak_mb: int
    peers: dict[str, float] = field(default_factory=dict)


def bench_load(settings: Settings, records: int = 2_000_000, say: Say = lambda _: None) -> LoadBench:
    """Load `records` records in several ways and compare; needs about 2 KB of disk a record for a while."""
    with own_server(settings) as given:
        pipeline.prepare(given)
        return _measure(given, given.home.parent, records, say)


def _measure(given: Settings, root: Path, records: int, say: Say) -> LoadBench:
    clean = [write_file(root / f"clean-{n}.csv", records // FILES, n) for n in range(FILES)]
    one = write_file(root / "one.csv", records // 2, FILES)
    damaged = write_file(root / "damaged.csv", records // 2, FILES, damaged=DAMAGED_SHARE)
    small = [write_file(root / f"small-{n}.csv", SMALL_RECORDS, 100 + n) for n in range(SMALL_FILES)]
    other = _other_formats(write_file(root / "other.csv", OTHER_RECORDS, FILES))
    with Memory() as memory:
        copied = _rate(say, "psql \\copy, one file after the other", records, lambda: _psql_copy(given, clean))
        parallel = _rate(say, f"satu, {FILES} files", records, _loading(given, clean))
        copied_one = _rate(say, "psql \\copy, one file", records // 2, lambda: _psql_copy(given, [one]))
        single = _rate(say, "satu, one file", records // 2, _loading(given, [one]))
        dirty = _rate(say, "satu, one file, 1 % damaged", records // 2, _loading(given, [damaged]))
        few = _rate(say, f"satu, {SMALL_FILES} small files", SMALL_FILES, _loading(given, small))
        for file in other:
            _rate(say, f"satu, one {file.suffix} file", OTHER_RECORDS, _loading(given, [file]))
    sample = write_file(root / "peers.csv", PEER_RECORDS, FILES)
    ahead = {}
    for name, seconds in peers(given, sample):
        say(f"{name}: {PEER_RECORDS / seconds:,.0f} a second" if seconds else f"{name}: not available here")
        if seconds:
            ahead[name] = round(single / (PEER_RECORDS / seconds), 2)
    return LoadBench(
        round(parallel / copied, 2),
        round(single / copied_one, 2),
        round(dirty / single, 2),
        round(few),
        memory.peak_mb,
        ahead,
    )


def _other_formats(source: Path) -> list[Path]:
    """Write a CSV file as JSON lines, Parquet and XLSX, in a separate process whose memory does not count."""
    writer = get_context("spawn").Process(target=_write_formats, args=(source,))
    writer.start()
    writer.join()
    return [source.with_suffix(ending) for ending in (".xlsx", ".jsonl", ".parquet")]


def _write_formats(source: Path) -> None:
    import pyarrow.parquet as pq
    import xlsxwriter
    from pyarrow import csv as arrow

    pq.write_table(arrow.read_csv(source), source.with_suffix(".parquet"))
    with source.open() as lines, source.with_suffix(".jsonl").open("w") as text:
        text.writelines(json.dumps(record) + "\n" for record in csv.DictReader(lines))
    with (
        source.open() as lines,
        xlsxwriter.Workbook(source.with_suffix(".xlsx"), {"constant_memory": True}) as book,
    ):
        sheet = book.add_worksheet()
        for number, row in enumerate(csv.reader(lines)):
            sheet.write_row(number, 0, row)


def _rate(say: Say, what: str, things: int, work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    rate = things / (perf_counter() - begun)
    say(f"{what}: {rate:,.0f} a second")
    return rate


def write_file(path: Path, records: int, seed: int, damaged: float = 0.0) -> Path:
    """Write a registry file of invented records, a share of them with a field too many."""
    choice = random.Random(_SEED * 1000 + seed)  # noqa: S311 - sample data
    header = (
        "nik,no_kk,nama_lengkap,tmpt_lhr,tgl_lhr,jk,shdk,stat_kwn,agama,pddk_akh,jenis_pkrjn,alamat,no_rt,no_rw,"
        "kode_wilayah,semester\n"
    )
    with path.open("w") as out:
        out.write(header)
        for number in range(records):
            name = f"{choice.choice(_NAMES)} {choice.choice(_NAMES)}"
            day, month, code = number % 28 + 1, number % 12 + 1, number % 5 + 1
            fields = (
                f"337101{day:02}{month:02}{number % 100:02}{number % 9999:04}",
                f"33710{seed % 10}0101{number:06}",
                name,
                "MAGELANG",
                f"19{number % 90 + 10}-{month:02}-{day:02}",
                number % 2 + 1,
                number % 9 + 1,
                code,
                1,
                number % 10 + 1,
                "KARYAWAN SWASTA",
                f"JL. {name} NO. {number % 300}",
                f"00{month % 10}",
                f"00{code}",
                "33.71.01.1007",
                "2019S2",
            )
            line = ",".join(map(str, fields))
            out.write(f"{line},x\n" if damaged and choice.random() < damaged else f"{line}\n")
    return path


_NAMES = ("SITI", "AGUS", "WATI", "BUDI", "RINI", "EKO", "DWI", "TRI", "SRI", "NUR", "INDRA", "YUNI", "HADI", "LESTARI")


def _loading(given: Settings, files: list[Path]) -> Callable[[], None]:
    """Land the files in a slot of an empty warehouse; return what loads them."""
    _empty(given)
    place = Path(given.landing_url)
    shutil.rmtree(place, ignore_errors=True)
    slot = place / FEED / "area=3371" / "period=2019-12-31"
    slot.mkdir(parents=True)
    for file in files:
        os.link(file, slot / file.name)
    waiting = pipeline.sweep(given)

    def work() -> None:
        outcome = pipeline.load_files(given, waiting)
        assert outcome == {"loaded": len(files)}, outcome

    return work


def _empty(given: Settings) -> None:
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as connection:
        connection.execute(f"truncate ops.file, raw.{FEED} cascade")
        connection.execute("checkpoint")


def _psql_copy(given: Settings, files: list[Path]) -> None:
    """Copy with psql, the baseline: into the same table, the same two columns filled by the server."""
    _empty(given)
    columns = ", ".join(column.name for column in load_contracts(given.project_dir / "contracts")[FEED].columns)
    script = ["set role satu_loader;", "create temporary sequence record_no cache 10000;"]
    for number, file in enumerate(files, 1):
        script += [
            f"set satu.file_id = '{number}';",
            "select setval('pg_temp.record_no', 1, false);",
            f"\\copy raw.{FEED} ({columns}) from '{file}' with (format csv, header true)",
        ]
    command = [warehouse.psql_program(given), warehouse.url(given), "-q", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(
        command, input="\n".join(script), text=True, check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )

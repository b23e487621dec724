"""The files of the soak test of the loader: what is there before a run, and what arrives for it."""

import gzip
import io
import os
import zipfile
from collections import Counter
from pathlib import Path

from satu.simulate import simulate

_KEPT_PER_KIND = 4
_LONG_AGO = 1_600_000_000  # so old that no file has to settle first


def lay_out(folder: Path) -> tuple[Path, Path]:
    """Make the drop; return the folder of what is there before a run and that of what arrives for it."""
    simulated = simulate(folder / "simulated", scale=0.005).landing
    before, after = folder / "before", folder / "after"
    taken: Counter[tuple[str, str]] = Counter()
    for path in sorted(path for path in simulated.rglob("*") if path.is_file()):
        below = path.relative_to(simulated)
        kind = (below.parts[0], path.suffix)
        taken[kind] += 1
        if taken[kind] <= _KEPT_PER_KIND:
            _put(after / below, path.read_bytes())
    slot = Path("asn") / "area=3371" / "period=2020-03-02"
    for name, (first, second) in _corrections().items():
        _put(before / slot / name, first)
        _put(after / slot / name, second, _LONG_AGO + 60)
    _put(before / slot / "twin_1.csv", _asn(300, 900))
    _put(after / slot / "twin_2.csv", _asn(300, 900))
    _put(after / slot / "renamed.csv", _asn(0, 50))  # stands for what grown.csv held before its correction
    _put(after / slot / "rounded.csv", _asn(0, 400).replace(f"{399:016}".encode(), b"3.37102E+15"))
    _put(after / slot / "damaged.csv", _damaged(_asn(2_000, 5_000)))
    (folder / "landing").mkdir()
    return before, after


def _corrections() -> dict[str, tuple[bytes, bytes]]:
    """File name ↦ its first version, loaded before each round, and the one that comes for the run."""
    return {
        "grown.csv": (_asn(0, 50), _asn(0, 60)),
        "packed.csv.gz": (gzip.compress(_asn(60, 80), mtime=0), gzip.compress(_asn(60, 120), mtime=0)),
        "archive.zip": (_zipped(_asn(120, 130)), _zipped(_asn(120, 140), _damaged(_asn(140, 160)))),
        "was_refused.csv": (b"", _asn(160, 170)),
        "taken_back.csv": (_asn(170, 200), _asn(170, 170)),
    }


def _asn(first: int, end: int) -> bytes:
    rows = (f"{number:018},{number:016},NAMA {number},SETDA,3371\n" for number in range(first, end))
    return ("nip,nik,nama,instansi,kode_kabkota\n" + "".join(rows)).encode()


def _damaged(text: bytes) -> bytes:
    """Break every seventh record, in five ways."""
    lines = text.splitlines(keepends=True)
    ways = (
        lambda line: line.replace(b",SETDA", b""),
        lambda line: line.replace(b"NAMA", b"NA\x00MA"),
        lambda line: line.replace(b",SETDA", b",SETDA,x,y"),
        lambda line: line.replace(b"NAMA", b'"NAMA" '),
        lambda line: line.replace(b"3371", b"\xff\xfe"),
    )
    for number in range(3, len(lines), 7):
        lines[number] = ways[number // 7 % len(ways)](lines[number])
    return b"".join(lines)


def _zipped(*members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, member in enumerate(members):
            archive.writestr(zipfile.ZipInfo(f"part_{number}.csv", (2020, 1, 1, 0, 0, 0)), member)
    return packed.getvalue()


def _put(path: Path, content: bytes, written: int = _LONG_AGO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (written, written))

"""Pairs of lines that are one person or two: real files, the names as the staging models make them, one run of linkage.

link_cases.csv says where the lines stand: `across` a list and an interview, in one `list`, on one `card` of the
registry, in one `return` (an interview). Each pair has a village, a family card and a return of its own.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from satu import engines, ledger, pipeline, settings, warehouse
from satu.ledger import runs
from support import Landing

CASES = Path(__file__).with_name("link_cases.csv")
PAIRS = list(csv.DictReader(CASES.read_text(encoding="utf-8").splitlines()))
SIDES = {
    "across": ("verification", "interview_person"),
    "list": ("verification", "verification"),
    "card": ("registry", "registry"),
    "return": ("interview_person", "interview_person"),
}
CITY = "JAWA TENGAH,KOTA MAGELANG,MAGELANG SELATAN"
Record = tuple[str, int]


class Files:
    """The lines of every pair, by feed; the number of a record is its place in its file."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Sequence[object]]] = {}

    def add(self, feed: str, *values: object) -> Record:
        lines = self.lines.setdefault(feed, [])
        lines.append(values)
        return feed, len(lines)

    def content(self, feed: str, header: str) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(self.lines.get(feed, []))
        return text.getvalue().encode()


HEADERS = {
    "area": "kode_sls,nama_sls,nama_provinsi,nama_kabkota,nama_kecamatan,nama_kelurahan,kode_kemendagri"
    ",zona,target_kk,vintage",
    "registry": "nik,no_kk,nama_lengkap,tmpt_lhr,tgl_lhr,jk,shdk,stat_kwn,agama,pddk_akh,jenis_pkrjn,alamat,no_rt,no_rw"
    ",kode_wilayah,semester",
    "verification": "kode_sls,no_dp,no_kk,nik,nama,jk,tgl_lahir,sumber,status,id_petugas,waktu,catatan",
    "interview_household": "id_wawancara,kode_sls,no_kk,id_petugas,mode,mulai,selesai,hasil",
    "interview_person": "id_wawancara,no_urut,nik,nama,hub,jk,tgl_lahir,ada_di_alamat",
}
PERIODS = {"area": "2020-02-01", "registry": "2019-12-31"}


def write(files: Files, number: int, pair: dict[str, str]) -> list[Record]:
    """Write both lines of a pair, in a work area of its own."""
    village = f"{3371010100 + number}"
    sls, interview = f"{village}000100", f"C{number}"
    code = f"33.71.01.{1100 + number}"
    files.add("area", sls, "RT 001 RW 001", *CITY.split(","), f"VILLAGE {number}", code, 1, 32, "2020S1")
    sides = SIDES[pair["where"]]
    if "interview_person" in sides:
        times = ("2020-09-23T08:14:00+07:00", "2020-09-23T08:44:00+07:00")
        files.add("interview_household", interview, sls, pair["card_b"], "PS1", "WAWANCARA", *times, "LENGKAP")
    sex = 2 if any(nik[6:7] > "3" for nik in (pair["nik_a"], pair["nik_b"])) else 1
    records = []
    for place, (side, feed) in enumerate(zip("ab", sides, strict=True), start=1):
        name, birth, nik, card = (pair[f"{column}_{side}"] for column in ("name", "birth", "nik", "card"))
        if feed == "registry":
            rest = (4, 1, 1, 5, "GURU", "JL. MAHENDRA", "001", "001", code, "2019S2")
            records.append(files.add(feed, nik, card, name, "MAGELANG", birth, sex, *rest))
        elif feed == "verification":
            source = ("DUKCAPIL", "ADA_SESUAI_KK", "PS1", "2020-09-07T08:00:00+07:00", "")
            records.append(files.add(feed, sls, place, card, nik, name, sex, birth, *source))
        else:
            records.append(files.add(feed, interview, place, nik, name, place, sex, birth, 1))
    return records


@pytest.fixture(scope="module")
def found() -> Iterator[list[tuple[bool, bool]]]:
    """Of every pair: whether the lines are one person, and whether a person is to look at them."""
    folder = Path(tempfile.mkdtemp(prefix="satu-test-"))
    folder.chmod(0o711)
    made = settings.load(home=folder, landing_url=str(folder / "landing"))
    warehouse.url(made)
    ledger.migrate(made)
    landing = Landing(made, folder / "landing")
    files = Files()
    pairs = [write(files, number, pair) for number, pair in enumerate(PAIRS)]
    for feed, header in HEADERS.items():
        landing.drop(feed, f"{feed}.csv", files.content(feed, header), period=PERIODS.get(feed, "2020-09-23"))
    loaded = landing.load()
    assert set(loaded) == {"loaded"}, landing.query("select feed, status, reason from ops.file")
    chosen = ["--select", "+person_evidence", "--exclude", "resource_type:test", "resource_type:unit_test"]
    assert engines.run_dbt(made, "build", *chosen, "--vars", '{"as_of": ""}') == 0
    pipeline.link(made, runs.start(made))
    rows = landing.query("select feed, record_no, person_id from population.person_record")
    person = {(feed, record_no): person_id for feed, record_no, person_id in rows}
    rows = landing.query("select feed, record_no, other_feed, other_record_no from population.link_review")
    review = {frozenset([(row[0], row[1]), (row[2], row[3])]) for row in rows}
    yield [(person[a] == person[b], frozenset([a, b]) in review) for a, b in pairs]
    warehouse.stop(made)
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[f"{n}: {pair['why']}" for n, pair in enumerate(PAIRS)])
def test_a_pair_of_lines(found: list[tuple[bool, bool]], number: int) -> None:
    is_one, is_for_review = found[number]
    expected = PAIRS[number]["one_person"]
    if expected == "review":
        assert is_for_review or not is_one
    else:
        assert is_one is (expected == "yes")

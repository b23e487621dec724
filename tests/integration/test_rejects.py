"""What people see of rejected lines: masked, whole for who may, and as a file to correct; and which feed is late."""

import json
import stat
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from satu import pipeline, warehouse
from satu.cli.main import app
from satu.contracts import load_contracts
from satu.errors import WrongUsage
from satu.ledger import queries
from satu.privacy.masking import masked
from support import Landing

HEADER = "nip;nik;catatan;nama;instansi;kode_kabkota"
GOOD = "198806182010012000;3371015806880001;;ANGGUN VERA;SETDA;3371"
NUL = "198702182010011001;3371021802870001;x;AG\x00US;DINKES;3371"
SHORT = "198702182010011001;3371 0218 0287 0001;18/02/1987;AGUS"
SECRETS = ("198702182010011001", "3371021802870001", "AGUS", "1987", "0287")


@pytest.fixture
def file_id(landing: Landing) -> int:
    landing.drop("asn", "a.csv", f"{HEADER}\n{GOOD}\n{NUL}\n{SHORT}\n".encode())
    landing.load()
    return int(landing.file("a.csv")["file_id"])


def test_a_line_shows_no_word_and_no_number_unless_the_contract_lists_it(landing: Landing, file_id: int) -> None:
    [first, second] = pipeline.rejected_lines(landing.settings, file_id)
    assert (first["record_no"], first["line_no"], first["reason"]) == (2, 3, "holds a NUL byte")
    assert first["raw"] == "•••;•••;•••;•••;•••;•••"
    assert second["raw"] == "•••;••• ••• ••• •••;•••/•••/•••;•••"


@pytest.mark.usefixtures("file_id")
def test_the_planner_keeps_no_sample_of_a_line(landing: Landing) -> None:
    """It would stay where the line itself is forgotten, until the table is analyzed again."""
    with psycopg.connect(warehouse.admin_url(landing.settings), autocommit=True) as connection:
        connection.execute("analyze ops.rejected_record")
    sampled = landing.query("select attname from pg_stats where schemaname = 'ops' and tablename = 'rejected_record'")
    assert ("reason",) in sampled
    assert ("raw",) not in sampled


def test_a_file_that_is_gone_leaves_its_lines_masked_and_gives_no_file_to_correct(
    landing: Landing, file_id: int, tmp_path: Path
) -> None:
    (landing.root / "asn/area=3371/period=2020-03-01/a.csv").unlink()
    shown = [row["raw"] for row in pipeline.rejected_lines(landing.settings, file_id)]
    assert not any(secret in line for secret in SECRETS for line in shown)
    assert shown[0] == "•••;•••;•••;•••;•••;•••"
    with pytest.raises(WrongUsage, match="no longer has the loaded version"):
        pipeline.write_rejected(landing.settings, file_id, tmp_path / "fixable.csv")


def test_lines_are_whole_for_a_login_that_may_act_as_the_loader(landing: Landing, file_id: int) -> None:
    shown = [row["raw"] for row in pipeline.rejected_lines(landing.settings, file_id, clear=True)]
    assert shown == [NUL.replace("\x00", "\\x00"), SHORT]


def test_lines_are_for_no_other_login(landing: Landing, file_id: int) -> None:
    with psycopg.connect(warehouse.admin_url(landing.settings), autocommit=True) as connection:
        connection.execute("create role satu_somebody login in role satu_analyst")
        try:
            url = warehouse.login_url(landing.settings, "satu_somebody")
            somebody = landing.settings.model_copy(update={"warehouse_url": url})
            for clear in (False, True):
                with pytest.raises(WrongUsage, match="may not act as satu_loader"):
                    pipeline.rejected_lines(somebody, file_id, clear=clear)
            with pytest.raises(WrongUsage, match="may not act as satu_loader"):
                queries.raw_rejects(somebody, file_id)
        finally:
            connection.execute("drop role satu_somebody")


def test_rejected_lines_can_be_corrected_and_dropped_again(landing: Landing, file_id: int) -> None:
    out = landing.root.parent / f"{landing.root.name}-fixable.csv"
    assert pipeline.write_rejected(landing.settings, file_id, out) == (2, 0)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_bytes().decode()
    assert text == f"nip;nik;kept_out_3;nama;instansi;kode_kabkota\n{NUL}\n{SHORT}\n"
    with pytest.raises(WrongUsage, match="already exists"):
        pipeline.write_rejected(landing.settings, file_id, out)
    assert out.read_bytes().decode() == text
    corrected = text.replace("\x00", "").replace(SHORT, f"{SHORT};DINKES;3371")
    landing.drop("asn", "fixable.csv", corrected.encode())
    assert landing.load() == {"loaded": 1}
    assert landing.file("fixable.csv")["records_loaded"] == 2


def test_nothing_rejected_is_no_file_to_correct(landing: Landing, tmp_path: Path) -> None:
    landing.drop("asn", "good.csv", f"{HEADER}\n{GOOD}\n".encode())
    landing.load()
    with pytest.raises(WrongUsage, match="no rejected records"):
        pipeline.write_rejected(landing.settings, landing.file("good.csv")["file_id"], tmp_path / "fixable.csv")


def test_the_command_masks_unless_it_is_asked(
    landing: Landing, file_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SATU_HOME", str(landing.settings.home))
    say = CliRunner().invoke
    plain = say(app, ["rejects", str(file_id), "--json"]).output
    assert [set(row) for row in json.loads(plain)] == [{"record_no", "line_no", "reason"}] * 2
    assert not any(secret in say(app, ["rejects", str(file_id), "--raw"]).output for secret in SECRETS)
    assert "AGUS" in say(app, ["rejects", str(file_id), "--clear"]).output
    written = json.loads(say(app, ["rejects", str(file_id), "--out", str(tmp_path / "f.csv"), "--json"]).output)
    assert written["written"] == 2
    assert isinstance(say(app, ["rejects", "--raw"]).exception, WrongUsage)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("3371015806880001,ANGGUN VERA,18/06/1988", "•••,••• •••,•••/•••/•••"),
        ('"JL. MAHENDRA 54', '"•••. ••• •••'),
        ("AGÚS\x1b[31m", "•••[•••"),
        ("12345,678901", "•••,•••"),
        ("ꦄꦒꦸꦱ꧀,Андрей,阿古斯,AGU\u0301S", "•••,•••,•••,•••"),
        ("1 9 8 8;3-3-7-1", "••• ••• ••• •••;•••-•••-•••-•••"),
    ],
)
def test_a_line_that_cannot_be_split_shows_no_word_and_no_number(line: str, shown: str) -> None:
    contract = CONTRACTS["asn"]
    assert masked(line.encode(), contract, None, ()) == shown
    assert masked(line.encode(), contract, ",", ("nip",) * 9) == shown


CONTRACTS = load_contracts(Path(__file__).parents[2] / "contracts")
PERSONAL = (
    "3371021802870001",
    "3371/0218",
    "AGUS RAHARJO",
    "SITI",
    "18/02/1987",
    "0812-3456-7890",
    "JL. MAWAR 12",
    "1987",
)


@pytest.mark.parametrize("feed", CONTRACTS)
def test_a_line_that_is_shifted_shows_nothing_in_any_column_of_any_feed(feed: str) -> None:
    columns = tuple(column.name for column in CONTRACTS[feed].columns)
    for value in PERSONAL:
        line = ";".join([value] * len(columns))
        assert masked(line.encode(), CONTRACTS[feed], ";", columns) == ";".join(["•••"] * len(columns))


def test_a_code_is_shown_where_the_contract_lists_it() -> None:
    columns = ("kode_sls", "no_dp", "sumber", "nama", "unknown")
    shown = {
        "3371010001000100;7;DUKCAPIL;7;7": "•••;7;DUKCAPIL;•••;•••",
        "DUKCAPIL;DUKCAPIL;ONLINE;DUKCAPIL;ONLINE": "•••;•••;ONLINE;•••;•••",
        ";;;;": ";;;;",
        "7;7;7;;-": "7;7;7;;•••",
    }
    for line, expected in shown.items():
        assert masked(line.encode(), CONTRACTS["verification"], ";", (*columns[:4], None)) == expected


def test_a_feed_is_late_by_its_cadence_and_the_newest_period_of_any_feed(landing: Landing) -> None:
    assert {(row["late"], row["state"]) for row in pipeline.freshness(landing.settings)} == {(False, "never came")}
    outreach = b"id_kegiatan,tanggal,kode_wilayah,kanal\nK1,2020-03-01,3371,RADIO\n"
    landing.drop("outreach", "a.csv", outreach, period="2020-03-05")
    landing.drop("asn", "a.csv", f"{HEADER}\n{GOOD}\n".encode(), period="2020-03-12")
    landing.load()
    found = {row["feed"]: row for row in pipeline.freshness(landing.settings)}
    assert (found["outreach"]["cadence"], found["outreach"]["days_since"], found["outreach"]["late"]) == (
        "weekly",
        7,
        False,
    )
    assert (found["asn"]["days_since"], found["asn"]["state"]) == (0, "on time")
    # Its phase has begun, that of the list not yet; what comes once is never late, but it is told that it never came.
    assert (found["online_person"]["late"], found["online_person"]["state"]) == (True, "never came, late")
    assert (found["verification"]["late"], found["verification"]["state"]) == (False, "never came")
    assert (found["officer"]["late"], found["officer"]["state"]) == (False, "never came")
    landing.drop("asn", "b.csv", f"{HEADER}\n{GOOD}\n".encode(), period="2020-03-13")
    landing.load()
    found = {row["feed"]: row for row in pipeline.freshness(landing.settings)}
    assert (found["outreach"]["days_since"], found["outreach"]["late"]) == (8, True)
    assert not found["officer"]["late"]


def test_a_feed_is_not_late_because_its_phase_is_over(landing: Landing) -> None:
    asn = f"{HEADER}\n{GOOD}\n".encode()
    online = b"id_kiriman,no_kk,mulai,selesai,status\nO1,3371012601200003,2020-05-20,,DRAFT\n"
    landing.drop("asn", "a.csv", asn, period="2020-09-30")
    for period, state, days in (("2020-05-20", "late", 9), ("2020-05-28", "phase is over", 1)):
        landing.drop("online_household", "a.csv", online, period=period)
        landing.load()
        found = {row["feed"]: row for row in pipeline.freshness(landing.settings)}["online_household"]
        assert (found["state"], found["days_since"], found["late"]) == (state, days, state == "late")


def test_status_shows_which_feeds_are_late(landing: Landing, file_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file_id
    monkeypatch.setenv("SATU_HOME", str(landing.settings.home))
    shown = CliRunner().invoke(app, ["status"]).output
    assert "once a phase" in shown
    assert {row["feed"] for row in json.loads(CliRunner().invoke(app, ["status", "--json"]).output)["freshness"]} >= {
        "asn"
    }

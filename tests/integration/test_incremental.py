"""The incremental build gives the tables that a full build gives: a city in steps, every table compared."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from satu import build_fingerprint, pipeline, settings, warehouse
from satu.build import Part, build_part
from satu.ledger import runs
from satu.settings import Settings
from satu.simulate import simulate
from support import Landing

BUILT = ("staging", "population", "coverage", "field", "candidate")
CITY = "area=3371"
LISTS = f"verification/{CITY}/period=2020-09-0"
Tables = dict[str, tuple[int, str]]


@dataclass
class City:
    """A warehouse, its landing place, and the files of the city that have not arrived yet."""

    settings: Settings
    landing: Landing
    held: Path

    def arrive(self, *folders: str) -> None:
        for folder in folders:
            shutil.copytree(self.held / folder, self.landing.root / folder, dirs_exist_ok=True)
            shutil.rmtree(self.held / folder)

    def build(self) -> str:
        """Load what has arrived and build everything; return the run's id."""
        self.landing.load()
        run_id = runs.start(self.settings)
        pipeline.build_before_link(self.settings, run_id)
        pipeline.link(self.settings, run_id)
        pipeline.build_after_link(self.settings, run_id)
        return run_id

    def tables(self, *schemas: str) -> Tables:
        """Rows and content hash of each relation."""
        found = self.landing.query(
            "select format('%%I.%%I', table_schema, table_name) from information_schema.tables"
            " where table_schema = any(%s) order by 1",
            list(schemas),
        )
        content = "select count(*), coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') from {} as t"
        return {name: self.landing.query(content.format(name))[0] for (name,) in found}

    def change(self, statement: str) -> None:
        with psycopg.connect(warehouse.admin_url(self.settings), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[City]:
    """A city with all files up to 6 September; the lists and interviews of later days are held back."""
    folder = tmp_path_factory.mktemp("city")
    made = simulate(folder / "drop", scale=0.02, seed=3)
    own = settings.load(home=home / "incremental", landing_url=str(folder / "landing"))
    own.home.mkdir(mode=0o711)
    held = made.landing.rename(folder / "held")
    given = City(own, Landing(own, folder / "landing"), held)
    early = [
        str(path.relative_to(held))
        for path in held.glob(f"*/{CITY}/period=*")
        if path.name.removeprefix("period=") < "2020-09-07"
    ]
    try:
        given.arrive(*early)
        yield given
    finally:
        warehouse.stop(own)


def lines_of(path: Path, change: Callable[[list[str]], list[str]]) -> bytes:
    """The header of a delivered list, and its lines as `change` makes them."""
    header, *lines = path.read_text(errors="surrogateescape").splitlines()
    return "\n".join([header, *change(lines), ""]).encode(errors="surrogateescape")


def with_new_code(line: str) -> str:
    """The line of an area table with the village Rejowinangun Utara under new codes."""
    return line.replace("3371011001", "3371011091").replace("33.71.03.1003", "33.71.03.1091")


def counted_in(city: City, village: str) -> int:
    query = "select count(*) from population.person where is_counted and coalesce(sls_code, area_code) like %s"
    return int(city.landing.query(query, f"{village}%")[0][0])


@pytest.mark.long
def test_files_of_later_days_give_the_tables_of_a_full_build(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = city.landing.drop
    first, second = (city.landing.root / f"{LISTS}{day}" / "simulated_dp.csv" for day in (1, 2))
    # Lines of the first day come again, at a later time: they replace older versions until their file is taken back.
    again = [line.replace("01/09/2020", "06/09/2020") for line in first.read_text().splitlines()[1:]]
    dropped("verification", "again.csv", lines_of(first, lambda _: again), "2020-09-06")
    city.build()
    before = city.tables(*BUILT)
    people = counted_in(city, "3371011001")
    assert people > 0
    [(versions,)] = city.landing.query("select count(*) from staging.stg_verification where not is_latest")
    assert versions >= len(again)

    dropped("verification", "again.csv", lines_of(first, lambda _: again[: len(again) // 2]), "2020-09-06")
    dropped("verification", "simulated_dp.csv", lines_of(second, lambda lines: lines[3:]), "2020-09-02")
    dropped("verification", "simulated_dp.csv", lines_of(second, lambda _: []), "2020-09-03")
    areas = next((city.landing.root / f"area/{CITY}").rglob("*.csv"))
    # A newer edition renames an RT, drops one, and gives a village other codes in both systems.
    renamed = lines_of(areas, lambda lines: [lines[0].replace("RT 001", "RT 091"), *map(with_new_code, lines[2:])])
    dropped("area", "simulated_wilayah.csv", renamed, "2020-09-07")
    extract = next((city.landing.root / f"registry/{CITY}").rglob("*selatan.csv"))
    dropped("registry", extract.name, lines_of(extract, lambda lines: lines[::2]), "2020-06-30")
    city.arrive(*(str(path.relative_to(city.held)) for path in city.held.glob(f"*/{CITY}/period=*")))
    run_id = city.build()
    after = city.tables(*BUILT)
    assert counted_in(city, "3371011001") == 0
    assert counted_in(city, "3371011091") >= people
    assert city.landing.query("select count(*) from population.person where is_counted and length(area_code) < 10") == [
        (0,)
    ]
    assert {name for name in before if before[name] != after[name]} >= {
        "staging.stg_area", "staging.stg_registry", "staging.stg_verification", "staging.stg_interview_household",
        "staging.person_evidence", "population.person", "coverage.coverage_by_area",
    }  # fmt: skip

    city.change("update staging.stg_area set sls_name = 'of no file'")
    monkeypatch.setattr(build_fingerprint, "fingerprint", lambda _: "other rules")
    pipeline.build_before_link(city.settings, run_id)
    pipeline.build_after_link(city.settings, run_id)
    whole = city.tables(*BUILT)
    assert {name for name in after if after[name] != whole.get(name)} == set()
    assert after.keys() == whole.keys()


@pytest.mark.long
def test_tables_of_different_states_are_brought_to_the_same(city: City) -> None:
    city.landing.load()
    run_id = runs.start(city.settings)
    build_part(city.settings, run_id, Part.RECORDS)
    before = city.tables("staging")
    # What a build that was killed between two models, and a server that crashed, leave behind.
    city.change("create table public.older as select * from staging.stg_verification")
    city.landing.drop(
        "verification",
        "more.csv",
        lines_of(city.landing.root / f"{LISTS}4/simulated_dp.csv", lambda lines: lines),
        "2020-09-15",
    )
    city.landing.load()
    build_part(city.settings, run_id, Part.RECORDS)
    with_more = city.tables("staging")
    assert with_more["staging.stg_verification"] != before["staging.stg_verification"]
    city.change("truncate staging.stg_verification")
    city.change("insert into staging.stg_verification select * from public.older")
    city.change("truncate staging.stg_registry, staging.stg_online_person, staging.person_evidence")
    build_part(city.settings, run_id, Part.RECORDS)
    assert city.tables("staging") == with_more

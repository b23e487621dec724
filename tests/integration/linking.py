"""Evidence for the stage link, made by hand, and what came of it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from satu import pipeline, warehouse
from satu.ledger import runs
from satu.settings import Settings
from satu.simulate import Simulated, simulate

COLUMNS = (
    "feed text, file_id bigint, record_no bigint, return_id text, natural_key text, line_key text, nik text,"
    " family_card_no text, name_key text, birth_date date, sls_code text, village_code text"
)
# What the staging model person_evidence adds, for registries that hold a NIK once.
IDENTIFY = """
alter table staging.person_evidence add sex text, add record_key bigint, add evidence_hash bigint;
update staging.person_evidence as e set
    record_key = hashtextextended(
        concat_ws(':', feed, case when feed <> 'registry' or nik is not null then natural_key
            else concat_ws(':', line_key, family_card_no) end), 0),
    evidence_hash = hashtextextended(
        (return_id, natural_key, nik, family_card_no, name_key, birth_date, sls_code, village_code)::text, 0);
alter table staging.person_evidence drop natural_key,
    alter line_key type bigint using hashtextextended(feed || ':' || line_key, 0);
analyze staging.person_evidence
"""
FIRST = ("BUDI", "SITI", "JOKO", "RATNA", "AGUS", "WAHYU", "ENDANG", "FITRI", "HENDRA", "MAYA", "TONO", "YANTI")
LAST = ("SANTOSO", "WIBOWO", "LESTARI", "HARTONO", "NINGSIH", "PRASETYO", "UTAMI", "KUSUMA", "MAHENDRA", "PERTIWI")
Row = tuple[object, ...]


def people(count: int) -> list[Row]:
    """Three records a person (registry, interview, list check); every third interview without a NIK."""
    draw = random.Random(7)  # noqa: S311 - names of a test
    rows: list[Row] = []
    for person in range(count):
        name = f"{FIRST[person % 12]} {draw.choice(FIRST)} {LAST[person % 10]}"
        birth = date(1950, 1, 1) + timedelta(days=person * 37 % 25_000)
        nik, card = f"337101{birth:%d%m%y}{person:04d}", f"33710101011{person // 4:05d}"
        here = ("3371010002000100", "3371010002")
        household, line = f"I{person // 4}", f"I{person // 4}|{person % 4}"
        asked = None if person % 3 == 0 else nik
        listed = f"L{person}"
        rows += [
            ("registry", 1, person + 1, None, nik, nik, nik, card, name, birth, None, here[1]),
            ("interview_person", 2, person + 1, household, line, line, asked, card, name, birth, *here),
            ("verification", 3, person + 1, None, listed, listed, nik, None, name, birth, *here),
        ]
    return rows


class Warehouse:
    """Evidence to link and what came of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def give(self, rows: list[Row]) -> None:
        with warehouse.connect(self.settings, warehouse.TRANSFORMER) as connection:
            connection.execute("drop table if exists staging.person_evidence cascade")
            connection.execute(f"create table staging.person_evidence ({COLUMNS})".encode())
            with connection.cursor().copy("copy staging.person_evidence from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.execute(IDENTIFY)

    def result(self) -> dict[tuple[str, int], tuple[int, str]]:
        """(feed, record number) → (person id, rule)."""
        found = self.query("select feed, record_no, person_id, link_rule from population.person_record")
        return {(feed, number): (person_id, rule) for feed, number, person_id, rule in found}

    def run(self, statements: str) -> None:
        with warehouse.connect(self.settings, warehouse.TRANSFORMER) as connection:
            connection.execute(statements.encode())

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with warehouse.connect(self.settings, warehouse.TRANSFORMER) as connection:
            return connection.execute(statement.encode()).fetchall()


@pytest.fixture
def linked(satu_settings: Settings) -> Iterator[Warehouse]:
    yield Warehouse(satu_settings)
    with warehouse.connect(satu_settings, warehouse.TRANSFORMER) as connection:
        connection.execute("drop table if exists staging.person_evidence cascade")
        connection.execute(
            "truncate population.person_record, population.person_id_change, population.link_run,"
            " population.link_review, population.link_decision, population.link_model,"
            " population.link_name, population.link_apart, population.link_absent cascade"
        )
        connection.execute("select setval('population.person_id_given', 1, false)")


@contextmanager
def simulated_evidence(settings: Settings, folder: Path, scale: float, seed: int, errors: float) -> Iterator[Simulated]:
    """Put what a simulated city says of its people into staging.person_evidence."""
    made = simulate(folder, scale=scale, seed=seed, errors=errors)
    given = settings.model_copy(update={"landing_url": str(made.landing)})
    pipeline.load_files(given, pipeline.sweep(given))
    try:
        pipeline.build_before_link(given, runs.start(given))
        yield made
    finally:
        with psycopg.connect(warehouse.admin_url(given), autocommit=True) as connection:
            raw = connection.execute("select table_name from information_schema.tables where table_schema = 'raw'")
            tables = ", ".join(f"raw.{row[0]}" for row in raw.fetchall())
            connection.execute(f"truncate ops.file, {tables} cascade".encode())

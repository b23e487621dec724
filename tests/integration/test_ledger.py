"""The ledger's migrations, tables and code agree, and applying them twice changes nothing."""

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from satu import ledger, warehouse
from satu.ledger.tables import METADATA
from satu.settings import Settings

AS_IT_WAS = """
drop table population.link_absent, population.link_decision;
alter table population.person_record drop column evidence_hash;
alter table population.link_run drop column relinked, drop column overruled;
update population.link_secret set secret = 'kept';
insert into population.person_record values ('asn', 1, 1, 7, 'nik', 1.0, 42);
insert into population.link_run (run_id, records, persons, merges, splits) values ('r1', 1, 1, 0, 0);
select setval('population.person_id_given', 7)
"""


def test_the_schema_version_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(ledger._alembic_config()).get_current_head() == ledger.SCHEMA_VERSION


def test_the_migrated_tables_are_those_of_the_code(satu_settings: Settings) -> None:
    engine = create_engine(warehouse.sqlalchemy_url(warehouse.admin_url(satu_settings)))
    with engine.connect() as connection:
        options = {
            "include_schemas": True,
            "version_table_schema": "ops",
            "version_table": "schema_version",
            "include_name": lambda name, kind, _: kind != "schema" or name == "ops",
        }
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    engine.dispose()
    assert differences == []


def test_migrating_again_changes_nothing(satu_settings: Settings) -> None:
    ledger.migrate(satu_settings)
    assert ledger.is_current(satu_settings)


def test_what_linkage_wrote_before_its_tables_were_migrated_stays(own_settings: Settings) -> None:
    """Earlier versions made these tables when they linked, the first of them without some columns."""
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        connection.execute(AS_IT_WAS)
    engine = create_engine(warehouse.sqlalchemy_url(warehouse.admin_url(own_settings)))
    with engine.begin() as connection:
        connection.execute(text("update ops.schema_version set version_num = '0011'"))
    engine.dispose()
    assert not ledger.is_current(own_settings)
    assert ledger.migrate(own_settings) == []
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        assert connection.execute("select secret from population.link_secret").fetchall() == [("kept",)]
        record = connection.execute("select feed, person_id, evidence_hash from population.person_record").fetchall()
        assert record == [("asn", 7, 0)]
        assert connection.execute("select relinked, overruled from population.link_run").fetchall() == [(0, 0)]
        assert connection.execute("select last_value from population.person_id_given").fetchall() == [(7,)]
        owners = connection.execute(
            "select distinct pg_get_userbyid(relowner)::text from pg_class"
            " where relnamespace = 'population'::regnamespace and relkind in ('r', 'S')"
        ).fetchall()
    assert owners == [(warehouse.TRANSFORMER,)]


def test_a_table_of_a_model_with_another_name_goes(own_settings: Settings) -> None:
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        connection.execute("create table staging.stg_file (file_id bigint)")
    with psycopg.connect(warehouse.admin_url(own_settings)) as connection:
        connection.execute("update ops.schema_version set version_num = '0012'")
    ledger.migrate(own_settings)
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        assert connection.execute("select to_regclass('staging.stg_file')").fetchall() == [(None,)]


def test_tables_of_people_that_became_views_go_with_what_reads_them(own_settings: Settings) -> None:
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        connection.execute("create table population.person_status as select 1 as person_id")
        connection.execute("create table population.person_attribute as select 1 as person_id")
        connection.execute("create view population.person_issue as select * from population.person_status")
        connection.execute("alter table population.person_record drop constraint person_record_pkey")
        connection.execute("alter table population.person_record add primary key (feed, file_id, record_no)")
    with psycopg.connect(warehouse.admin_url(own_settings)) as connection:
        connection.execute("update ops.schema_version set version_num = '0013'")
    ledger.migrate(own_settings)
    left = "select relname from pg_class where relnamespace = 'population'::regnamespace and relname like 'person\\_%%'"
    key = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'person_record_pkey'"
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        names = {row[0] for row in connection.execute(left)}
        assert "person_record" in names
        assert not names & {"person_status", "person_attribute", "person_issue"}
        assert connection.execute(key).fetchall() == [("PRIMARY KEY (file_id, record_no)",)]


def test_the_pipelines_login_is_no_superuser(satu_settings: Settings) -> None:
    with warehouse.connect(satu_settings, warehouse.LOADER) as connection:
        rows = connection.execute(
            "select rolname, rolsuper, rolcreaterole, rolbypassrls from pg_roles"
            " where rolname like 'satu%' and rolname <> 'satu_admin'"
        ).fetchall()
    assert {row[0] for row in rows} >= {*warehouse.ROLES, warehouse.PIPELINE}
    assert not [row for row in rows if any(row[1:])]

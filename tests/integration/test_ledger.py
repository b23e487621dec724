"""The ledger's migrations, tables and code agree, and applying them twice changes nothing."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from satu import ledger, warehouse
from satu.ledger.tables import METADATA
from satu.settings import Settings


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


def test_the_pipelines_login_is_no_superuser(satu_settings: Settings) -> None:
    with warehouse.connect(satu_settings, warehouse.LOADER) as connection:
        rows = connection.execute(
            "select rolname, rolsuper, rolcreaterole, rolbypassrls from pg_roles"
            " where rolname like 'satu%' and rolname <> 'satu_admin'"
        ).fetchall()
    assert {row[0] for row in rows} >= {*warehouse.ROLES, warehouse.PIPELINE}
    assert not [row for row in rows if any(row[1:])]

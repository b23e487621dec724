"""The ledger: schema `ops` of the warehouse, its tables, its migrations and what the stages write to it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.errors import InsufficientPrivilege

from satu.errors import WrongUsage
from satu.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy
    from alembic.config import Config

SCHEMA_VERSION = "0016"
"""The newest migration; a test compares it with Alembic's head."""


@dataclass(frozen=True)
class CheckResult:
    """Result of one check; `success` None means that it could not be evaluated, which counts as failed."""

    run_id: str
    gate: str
    check_name: str
    severity: str
    success: bool | None
    observed: str | None
    expected: str | None
    condition: str | None = None
    """Hash of the measured table or query, or of the test; without the threshold."""


def record_checks(connection: "sqlalchemy.Connection", results: list[CheckResult]) -> None:
    """Write check results; a result of the same run, gate and name is replaced."""
    from sqlalchemy.dialects.postgresql import insert

    from satu.ledger.tables import CHECK_RESULT

    if not results:
        return
    statement = insert(CHECK_RESULT).values([asdict(result) for result in results])
    replaced = {
        name: statement.excluded[name]
        for name in ("severity", "success", "observed", "expected", "condition", "checked_at")
    }
    connection.execute(statement.on_conflict_do_update(index_elements=["run_id", "gate", "check_name"], set_=replaced))


def is_current(settings: Settings) -> bool:
    """Return whether the warehouse has all migrations."""
    from satu import warehouse

    try:
        with psycopg.connect(warehouse.session_url(settings), autocommit=True) as connection:
            found = connection.execute("select version_num from ops.schema_version").fetchone()
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ):
        return False
    except psycopg.OperationalError as error:
        if settings.warehouse_url is None:
            return False  # a new embedded server does not know the pipeline's login yet
        raise warehouse.not_connected(settings, error) from None
    return found is not None and found[0] == SCHEMA_VERSION


def migrate(settings: Settings, login_password: str | None = None) -> list[str]:
    """Update roles, schemas, the tables of `ops` and all rights.

    `login_password` becomes the password of the login `satu_pipeline`. Returns the statements that corrected owners and
    rights; empty if all were right.

    Raises:
        WrongUsage: the login may not create roles or schemas, or the server rejects it.
        RetryableError: the server cannot be reached now.
    """
    import sqlalchemy
    from alembic import command
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from satu import warehouse
    from satu.ledger import granting

    engine = sqlalchemy.create_engine(
        warehouse.sqlalchemy_url(warehouse.session_url(settings, admin=True)), hide_parameters=True
    )
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("select pg_advisory_xact_lock(hashtext('satu.migrate'))"))
            connection.execute(sqlalchemy.text("create schema if not exists ops"))
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if login_password is not None:
                warehouse.set_password(_driver(connection), warehouse.PIPELINE, login_password)
            return granting.bring(_driver(connection))
    except OperationalError as error:
        raise warehouse.statement_error(error) or warehouse.not_connected(settings, error) from None
    except (ProgrammingError, InsufficientPrivilege) as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) != "42501":
            raise
        raise WrongUsage(
            "the warehouse's schema is not up to date and this login may not change it; expected a login that may"
            " create"
            " roles and schemas. Run `satu migrate --warehouse postgresql://ADMIN@…` once"
        ) from None
    finally:
        engine.dispose()


def _alembic_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _driver(connection: "sqlalchemy.Connection") -> psycopg.Connection:
    raw: Any = connection.connection.dbapi_connection
    driver: psycopg.Connection = raw
    return driver

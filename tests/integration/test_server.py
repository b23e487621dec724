"""What a server says and how it is set: its words are passed on, and no result hangs on its settings."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from asn_files import GOOD, HEADER, asn

from satu import pipeline, settings, warehouse
from satu.errors import PermanentError, RetryableError, SatuError, WrongUsage
from satu.link import store
from satu.settings import Settings
from satu.warehouse import server_errors
from support import Landing

ODD = {
    "datestyle": "'German, DMY'",
    "intervalstyle": "sql_standard",
    "timezone": "'Asia/Jayapura'",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "search_path": "elsewhere",
    "quote_all_identifiers": "on",
    "bytea_output": "escape",
    "extra_float_digits": "-10",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "row_security": "off",
    "client_encoding": "latin1",
    "statement_timeout": "60000",
    "lock_timeout": "60000",
    "idle_in_transaction_session_timeout": "60000",
    "idle_session_timeout": "60000",
}
OURS = {
    "datestyle": "ISO, MDY", "intervalstyle": "postgres", "timezone": "UTC", "search_path": "pg_catalog",
    "default_transaction_isolation": "read committed", "default_transaction_deferrable": "off",
    "quote_all_identifiers": "off", "bytea_output": "hex", "extra_float_digits": "1", "transform_null_equals": "off",
    "array_nulls": "on", "row_security": "on", "client_encoding": "UTF8", "statement_timeout": "0", "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0",
}  # fmt: skip
ASKED = f"select lower(name), setting from pg_settings where lower(name) = any(array[{', '.join(map(repr, ODD))}])"


@pytest.fixture
def admin(satu_settings: Settings) -> Iterator[psycopg.Connection]:
    """The server's administrator; the logins `satu_try_…` that a test made are gone afterwards."""
    with psycopg.connect(warehouse.admin_url(satu_settings), autocommit=True) as connection:
        yield connection
        made = connection.execute("select rolname from pg_roles where starts_with(rolname, 'satu_try_')").fetchall()
        for (name,) in made:
            connection.execute(f"drop role {name}".encode())


def as_login(given: Settings, login: str, query: str = "", database: str = "satu") -> Settings:
    """The same warehouse, named by an address, for another login."""
    address = warehouse.login_url(given, login, database) + query
    return given.model_copy(update={"warehouse_url": address})


def member(admin: psycopg.Connection, name: str) -> str:
    """Make a login that may do what the pipeline's may."""
    admin.execute(f"create role {name} login in role satu_pipeline".encode())
    return name


@pytest.mark.parametrize(
    ("made", "database", "kind", "said"),
    [
        ("create role satu_try_a nologin", "satu", WrongUsage, 'role "satu_try_a" is not permitted to log in'),
        ("create role satu_try_a login connection limit 0", "satu", RetryableError, "too many connections for role"),
        ("select 1", "satu", WrongUsage, 'role "satu_try_a" does not exist'),
        ("create role satu_try_a login", "nowhere", WrongUsage, 'database "nowhere" does not exist'),
    ],
)
def test_whoever_is_not_let_in_is_told_why(
    satu_settings: Settings, admin: psycopg.Connection, made: str, database: str, kind: type[SatuError], said: str
) -> None:
    admin.execute(made.encode())
    given = as_login(satu_settings, "satu_try_a", database=database)
    for call in (lambda: warehouse.connect(given, warehouse.LOADER), lambda: store.transaction(given).__enter__()):
        with pytest.raises(kind, match=said) as found:
            call()
        assert "expected a PostgreSQL server" in str(found.value)


def test_a_session_is_the_same_whatever_server_and_login_are_set_to(
    satu_settings: Settings, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each driver: psycopg, SQLAlchemy, ADBC for DuckDB, and psycopg2 as dbt opens it."""
    login = member(admin, "satu_try_odd")
    for name, value in ODD.items():
        admin.execute(f"alter role {login} set {name} = {value}".encode())
    monkeypatch.setenv("PGDATESTYLE", "German")
    monkeypatch.setenv("PGTZ", "Asia/Jayapura")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    settings.load(home=satu_settings.home)  # as each way in does
    given = as_login(satu_settings, login)
    with warehouse.connect(given, warehouse.LOADER) as connection:
        assert dict(connection.execute(ASKED).fetchall()) == OURS
    with warehouse.engine(given, warehouse.TRANSFORMER) as engine, engine.connect() as session:
        asked = {str(name): value for name, value in session.execute(sqlalchemy.text(ASKED))}
    assert asked == OURS | {"lock_timeout": f"{warehouse.LOCK_PATIENCE_S * 1000}"}
    with store.transaction(given) as cursor:
        cursor.execute(ASKED)
        assert dict(cursor.fetchall()) == OURS
    assert {str(name): value for name, value in as_dbt(given, ASKED)} == OURS


def as_dbt(given: Settings, query: str) -> list[list[object]]:
    program = (
        "import json, os, psycopg2, sys\n"
        "names = ('HOST', 'PORT', 'USER', 'DBNAME')\n"
        "given = {name.lower(): os.environ['SATU_DBT_' + name] for name in names}\n"
        "password = os.environ['DBT_ENV_SECRET_SATU_PASSWORD']\n"
        "connection = psycopg2.connect(**given, password=password, connect_timeout=9)\n"
        "cursor = connection.cursor()\n"
        "cursor.execute(sys.argv[1])\n"
        "print(json.dumps(cursor.fetchall()))\n"
    )
    environment = os.environ | warehouse.dbt_environment(given)
    done = subprocess.run(
        [sys.executable, "-c", program, query], env=environment, check=True, capture_output=True, text=True
    )
    found: list[list[object]] = json.loads(done.stdout)
    return found


def test_a_wish_of_the_address_is_heard(satu_settings: Settings, admin: psycopg.Connection) -> None:
    login = member(admin, "satu_try_wish")
    query = "&application_name=my%20app&options=-c%20statement_timeout%3D77%20-c%20timezone%3DAsia/Jayapura"
    given = as_login(satu_settings, login)
    given = given.model_copy(update={"warehouse_url": f"{given.warehouse_url}{query}"})
    asked = (
        "select current_setting('application_name'), current_setting('statement_timeout'), current_setting('timezone')"
    )
    with warehouse.connect(given, warehouse.LOADER, autocommit=True) as connection:
        assert connection.execute(asked.encode()).fetchall() == [("my app", "77ms", "UTC")]
        with pytest.raises(psycopg.errors.QueryCanceled) as found:
            connection.execute("select pg_sleep(60)")
    said = server_errors.statement_error(found.value)
    assert isinstance(said, RetryableError)
    assert "canceling statement due to statement timeout" in str(said)
    assert as_dbt(given, asked) == [["my app", "77ms", "UTC"]]


def test_the_port_of_the_environment_is_not_the_embedded_servers(
    satu_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    with warehouse.connect(satu_settings, warehouse.LOADER) as connection:
        assert connection.info.port == 5432


def test_a_server_that_takes_no_writes_says_so(landing: Landing, admin: psycopg.Connection, tmp_path: Path) -> None:
    login = member(admin, "satu_try_readonly")
    admin.execute(f"alter role {login} set default_transaction_read_only = on".encode())
    landing.drop("asn", "a.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    given = as_login(landing.settings, login)
    with pytest.raises(PermanentError, match="cannot execute CREATE SEQUENCE in a read-only transaction"):
        pipeline.load_files(given, waiting)
    environment = {
        "SATU_WAREHOUSE_URL": str(given.warehouse_url),
        "SATU_LANDING_URL": str(tmp_path),
        "PATH": "/usr/bin",
    }
    landing.drop("asn", "b.csv", f"{HEADER}\n{GOOD}\n{GOOD}\n".encode())
    command = [sys.executable, "-c", "from satu.cli.main import main; main()", "run", "--json"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == PermanentError.exit_code
    assert "cannot execute INSERT in a read-only transaction" in json.loads(done.stdout)["error"]
    assert "SATU_WAREHOUSE_URL names a standby" in done.stderr
    assert landing.load() == {"loaded": 2}


def test_a_session_that_the_server_ends_is_a_reason_to_run_again(
    satu_settings: Settings, admin: psycopg.Connection
) -> None:
    """As when it restarts in the middle of linkage: ADBC tells no SQLSTATE then."""
    ended = "select pg_terminate_backend(pid, 9000) from pg_stat_activity where pid = {}"

    def link() -> None:
        with store.transaction(satu_settings) as cursor:
            cursor.execute("select pg_backend_pid()")
            admin.execute(ended.format(cursor.fetchall()[0][0]).encode())
            cursor.execute("select 1")

    with pytest.raises(Exception, match="terminating connection") as found:
        link()
    assert isinstance(server_errors.statement_error(found.value), RetryableError)
    connection = warehouse.connect(satu_settings, warehouse.LOADER, autocommit=True)
    admin.execute(ended.format(connection.info.backend_pid).encode())
    for _ in range(2):  # the server's word, then the driver's own
        with pytest.raises(psycopg.OperationalError) as lost:
            connection.execute("select 1")
        assert isinstance(server_errors.statement_error(lost.value), RetryableError)


def test_an_error_about_a_record_is_not_passed_on(satu_settings: Settings) -> None:
    with warehouse.connect(satu_settings, warehouse.LOADER, autocommit=True) as connection:
        for statement in ("select cast('3371015806880001' as date)", "select 'a' || 1 / 0", "select a from nowhere"):
            with pytest.raises(psycopg.Error) as found:
                connection.execute(statement.encode())
            assert server_errors.statement_error(found.value) is None
    assert server_errors.statement_error(ValueError("the connection is closed")) is None
    text = "Database Error in model a: invalid input syntax for type date: 3371015806880001"
    assert server_errors.error_in_log(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("terminating connection due to administrator command\nCONTEXT: 3371", RetryableError, "administrator command"),
        ("x\n  server closed the connection unexpectedly\n", RetryableError, "server closed the connection"),
        (
            'connection to server at "h", port 1 failed: FATAL:  sorry, too many clients already',
            RetryableError,
            "sorry",
        ),
        ("could not extend file x: No space left on device 3371", RetryableError, "No space left on device"),
        ("cannot execute CREATE TABLE AS in a read-only transaction", PermanentError, "CREATE TABLE AS"),
    ],
)
def test_what_dbt_was_told_by_the_server_is_told(text: str, kind: type[SatuError], said: str) -> None:
    found = server_errors.error_in_log(f"Database Error in model m (models/m.sql)\n{text}")
    assert isinstance(found, kind)
    assert said in str(found)
    assert "3371" not in str(found)

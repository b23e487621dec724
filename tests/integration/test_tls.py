"""A server that is reached over a network: TLS and SCRAM or nothing, and no password in anything that is written.

The embedded server is built without TLS, so this takes the one that Debian's packages bring; without it the test is
skipped and says so.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import sqlalchemy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg import sql
from test_server import as_dbt

from satu import ledger, pipeline, settings, warehouse
from satu.errors import WrongUsage
from satu.link import store
from satu.settings import Settings
from satu.simulate import simulate

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
ADMIN_PASSWORD = "AdminWuxPassword7391"
PASSWORD = "PipelineWuxPassword7391"
BARE = "a#?[b]=&+c"
ESCAPED = "/@:% x"
ONLY_TLS = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"

pytestmark = pytest.mark.skipif(not BINARIES, reason="no PostgreSQL server with TLS here; Debian: postgresql")


@dataclass(frozen=True)
class Server:
    """A server with TLS on a port of its own."""

    folder: Path
    port: int
    user: pwd.struct_passwd | None

    def call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(BINARIES[-1].parent / program), *arguments],
            check=True,
            cwd="/",
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def configure(self, rules: str, **options: str) -> None:
        (self.folder / "data" / "pg_hba.conf").write_text(rules)
        lines = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "ssl": "on",
            "ssl_cert_file": str(self.folder / "server.crt"),
            "ssl_key_file": str(self.folder / "server.key"),
            "fsync": "off",
            "log_connections": "on",
            **options,
        }
        text = "".join(f"{name} = '{value}'\n" for name, value in lines.items())
        (self.folder / "data" / "postgresql.conf").write_text(text)

    def start(self, verb: str = "start") -> None:
        self.call("pg_ctl", verb, "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "server.log"))

    def url(self, login: str, password: str, query: str = "") -> str:
        return f"postgresql://{login}:{password}@localhost:{self.port}/satu{query}"


@pytest.fixture(scope="module")
def server(satu_settings: Settings) -> Iterator[Server]:
    # As root PostgreSQL does not run; the embedded server has made a user that it can run as.
    user = pwd.getpwnam("satu") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="satu-tls-"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    made = Server(folder, port, user)
    certify(folder)
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid if user else -1, user.pw_gid if user else -1)
    made.call("initdb", "-D", str(folder / "data"), "-U", "admin", "--encoding=UTF8", "--no-locale", "--no-sync")
    made.configure(ONLY_TLS)
    made.start()
    try:
        with psycopg.connect(
            host=str(folder), port=port, user="admin", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"alter role admin password '{ADMIN_PASSWORD}'".encode())
            connection.execute("create database satu")
        yield made
    finally:
        made.call("pg_ctl", "stop", "-m", "immediate", "-D", str(folder / "data"))
        shutil.rmtree(folder)


def certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.key").write_bytes(secret)
    (folder / "server.key").chmod(0o600)


@pytest.fixture(scope="module")
def migrated(server: Server, home: Path) -> Settings:
    ledger.migrate(settings.load(home=home / "tls", warehouse_url=server.url("admin", ADMIN_PASSWORD)), PASSWORD)
    (home / "tls").mkdir(exist_ok=True)
    return settings.load(home=home / "tls", warehouse_url=server.url("satu_pipeline", PASSWORD))


@pytest.mark.long
def test_the_whole_way_goes_over_tls_and_writes_no_password(migrated: Settings, server: Server, tmp_path: Path) -> None:
    made = simulate(tmp_path / "drop", scale=0.005)
    given = migrated.model_copy(update={"landing_url": str(made.landing)})
    done = pipeline.run(given)
    assert done.release_id is not None
    with psycopg.connect(warehouse.url(given)) as connection:
        ciphers = connection.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchall()
    assert ciphers == [(True,)]
    log = (server.folder / "server.log").read_text()
    logins = [line for line in log.splitlines() if "connection authorized: user=satu_pipeline" in line]
    assert len(logins) > 10
    assert [line for line in logins if "SSL enabled" not in line] == []
    written = [path for folder in (given.home, server.folder) for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"dbt.log", "manifest.json", "server.log"}
    assert [path for path in written if PASSWORD.encode() in path.read_bytes()] == []


def test_the_certificate_can_be_asked_for(migrated: Settings, server: Server) -> None:
    query = f"?sslmode=verify-full&sslrootcert={server.folder / 'server.crt'}"
    with psycopg.connect(warehouse.protected(server.url("satu_pipeline", PASSWORD, query))) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        psycopg.connect(warehouse.protected(server.url("satu_pipeline", PASSWORD, "?sslmode=verify-full")))


@pytest.fixture(scope="module")
def odd_logins(migrated: Settings, server: Server) -> None:
    """Two logins of the pipeline whose passwords hold what a URL takes bare, and what it takes only escaped."""
    with psycopg.connect(
        host=str(server.folder), port=server.port, user="admin", dbname="satu", autocommit=True
    ) as connection:
        for name, password in (("bare", BARE), ("a b@c", ESCAPED)):
            verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            statement = sql.SQL("create role {} login password {} in role satu_pipeline")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(verifier)))


@pytest.mark.parametrize(
    "form",
    [
        "postgresql://bare:{bare}@localhost:{port}/satu",
        "postgres://bare@localhost:{port}/satu?password={bare_escaped}&application_name=my%20app",
        "postgresql://a%20b%40c:{escaped}@localhost:{port}/satu?options=-c%20geqo%3Doff",
        "postgresql://bare:{bare}@localhost:1,localhost:{port}/satu?target_session_attrs=read-write",
        "postgresql://bare:{bare}@127.0.0.1:{port}/s%61tu",
        "postgresql://bare:{bare}@{folder}/satu?port={port}",
        "host=localhost port={port} user=bare password='{bare}' dbname=satu",
        "postgresql:///?service=satu&port={port}",
    ],
)
@pytest.mark.usefixtures("odd_logins")
def test_every_form_of_an_address_reaches_the_server_through_every_driver(
    migrated: Settings, server: Server, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = tmp_path / "services.conf"
    services.write_text(f"[satu]\nhost=localhost\nuser=bare\npassword={BARE}\ndbname=satu\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    signs = {"bare": BARE, "bare_escaped": quote(BARE, safe=""), "escaped": quote(ESCAPED, safe="")}
    address = form.format(**signs, port=server.port, folder=quote(str(server.folder), safe=""))
    given = migrated.model_copy(update={"warehouse_url": address})
    asked = "select inet_server_port() is null or inet_server_port() = " + str(server.port)
    with warehouse.connect(given, warehouse.LOADER) as connection:
        assert connection.execute(asked.encode()).fetchall() == [(True,)]
    with warehouse.engine(given, warehouse.TRANSFORMER) as engine, engine.connect() as session:
        assert session.execute(sqlalchemy.text(asked)).scalar_one() is True
    with store.transaction(given) as cursor:
        cursor.execute(asked)
        assert cursor.fetchall() == [(True,)]
    assert as_dbt(given, asked) == [[True]]


@pytest.mark.parametrize(
    ("rules", "options"),
    [
        ("host all all 127.0.0.1/32 scram-sha-256\n", {"ssl": "off"}),
        ("host all all 127.0.0.1/32 trust\n", {}),
        ("host all all 127.0.0.1/32 password\n", {}),
    ],
    ids=["no TLS", "no password asked", "password in clear"],
)
def test_a_server_that_offers_less_is_not_used(
    migrated: Settings, server: Server, rules: str, options: dict[str, str]
) -> None:
    try:
        server.configure("local all all trust\n" + rules, **options)
        server.start("restart")
        unprotected = f"{server.url('satu_pipeline', PASSWORD)}?sslmode=prefer"
        with psycopg.connect(unprotected) as connection:  # it is there, and would let us in
            assert connection.execute("select 1").fetchone() == (1,)
        with pytest.raises(WrongUsage, match="no connection") as told:
            warehouse.connect(migrated, warehouse.LOADER)
        assert PASSWORD not in str(told.value)
    finally:
        server.configure(ONLY_TLS)
        server.start("restart")

"""How a server's address is read, and what the warehouse's must have: TLS, SCRAM, a server that proves who it is."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, make_url

from satu import settings, warehouse
from satu.errors import WrongUsage
from satu.warehouse import conninfo

SECRET = "p%40ss"
# What libpq takes, as far as a URL can be written otherwise: (address, what it means).
FORMS = {
    "plain": ("postgresql://u:pw@h:6543/d", {"host": "h", "port": "6543", "user": "u", "password": "pw"}),
    "short": ("postgres://u@h/d", {"host": "h", "port": "5432", "user": "u", "dbname": "d"}),
    "signs in the password": ("postgresql://u:a#?[b]=&+c@h/d", {"password": "a#?[b]=&+c", "host": "h", "dbname": "d"}),
    "escapes in the password": ("postgresql://u:%2F%40%3A%25%20@h/d", {"password": "/@:% ", "host": "h"}),
    "escapes in the login": ("postgresql://a%40b:hush@h/d", {"user": "a@b", "password": "hush"}),
    "several hosts": ("postgresql://u@h1:1,h2:2/d", {"host": "h1,h2", "port": "1,2"}),
    "several hosts, one port": ("postgresql://u@h1,h2/d?port=7", {"host": "h1,h2", "port": "7,7"}),
    "IPv6": ("postgresql://u@[2001:db8::1]:7/d", {"host": "2001:db8::1", "port": "7"}),
    "a blank in the query": (
        "postgresql://u@h/d?options=-c%20geqo%3Doff&application_name=a%20b",
        {"options": "-c geqo=off", "application_name": "a b"},
    ),
    "a plus in the query": ("postgresql://u@h/d?application_name=a+b", {"application_name": "a+b"}),
    "a password in the query": ("postgresql://u@h/d?password=a@b/c%26", {"password": "a@b/c&"}),
    "a folder as host": ("postgresql://u@%2Frun%2Fmy%20pg/d", {"host": "/run/my pg", "dbname": "d"}),
    "a folder in the query": ("postgresql://u@/d?host=/run/pg", {"host": "/run/pg", "dbname": "d"}),
    "an escaped database": ("postgresql://u@h/sensus%202020", {"dbname": "sensus 2020"}),
    "no database": ("postgresql://u@h", {"dbname": "u"}),
    "all in the query": ("postgresql:///?user=u&host=h&dbname=d&port=9", {"user": "u", "dbname": "d", "port": "9"}),
    "pairs": ("host=h user=u password='a b' dbname=d", {"password": "a b", "host": "h", "port": "5432"}),
}  # fmt: skip
UNCLEAR = {
    "an @ in the password": "postgresql://u:secr@et@h/d",
    "a slash in the password": "postgresql://u:secr/et@h/d",
    "a slash after digits": "postgresql://u:12/secret@h/d",
    "a percent sign in the password": "postgresql://u:secret%zz@h/d",
    "a port in words": "postgresql://u@h:secret/d",
    "an unknown word in the query": "postgresql://u@h/d?secret=1",
    "another kind": "mysql://u:secret@h/d",
    "SQLAlchemy's kind": "postgresql+psycopg://u:secret@h/d",
    "no address": "secret",
    "half a pair": "host=h password='secret",
}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What libpq would take from the environment of whoever runs the tests is not there."""
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGHOSTADDR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("form", FORMS)
def test_an_address_is_read_as_libpq_reads_it_and_stays_itself(form: str) -> None:
    address, means = FORMS[form]
    terms = conninfo.read(address)
    assert {name: terms[name] for name in means} == means
    assert conninfo.read(conninfo.url(terms)) == terms
    assert {name: str(value) for name, value in conninfo_to_dict(conninfo.url(terms)).items()} == terms


@pytest.mark.parametrize("form", FORMS)
def test_sqlalchemy_connects_with_the_same_terms(form: str) -> None:
    terms = conninfo.session(conninfo.read(FORMS[form][0]))
    url = make_url(warehouse.sqlalchemy_url(conninfo.url(terms)))
    _, named = create_engine(url).dialect.create_connect_args(url)
    assert {name: str(value) for name, value in named.items() if name != "context"} == terms
    assert terms.get("password", "···") not in repr(url)


@pytest.mark.parametrize("form", FORMS)
def test_dbt_is_told_the_same_terms(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables give libpq what the address would."""
    terms = conninfo.read(FORMS[form][0]) | {"sslmode": "verify-full", "sslrootcert": "/a b.pem"}
    for name, value in (told := conninfo.environment(terms)).items():
        monkeypatch.setenv(name, value)
    assert "PGPASSWORD" not in told
    from psycopg.pq import Conninfo

    heard = {option.keyword.decode(): (option.val or b"").decode() for option in Conninfo.get_defaults()}
    assert {name: heard[name] for name in terms if name != "password"} == {
        name: value for name, value in terms.items() if name != "password"
    }


@pytest.mark.parametrize("form", UNCLEAR)
def test_an_address_that_libpq_would_misread_is_refused_without_its_secret(form: str) -> None:
    made = settings.load(warehouse_url=UNCLEAR[form])
    with pytest.raises(WrongUsage, match="expected") as told:
        warehouse.url(made)
    assert "secr" not in str(told.value)
    assert "et@" not in str(told.value)


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "services.conf"
    path.write_text("# ours\n[satu]\nhost=/run/pg\nport=7\ndbname=of service\npassword=50%=x\n")
    monkeypatch.setenv("PGSERVICEFILE", str(path))
    return path


def test_a_service_says_what_the_address_does_not(services: Path) -> None:
    assert conninfo.read("postgresql://u@/d?service=satu") == {
        "host": "/run/pg",
        "port": "7",
        "dbname": "d",
        "user": "u",
        "password": "50%=x",
    }
    with pytest.raises(WrongUsage, match=r"\[else\]"):
        conninfo.read("postgresql:///?service=else")


def test_the_environment_says_what_the_address_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "7")
    monkeypatch.setenv("PGHOST", "/run/pg")
    assert conninfo.read("postgresql://u@/d")["port"] == "7"
    assert conninfo.read("postgresql://u@h:8/d")["port"] == "8"
    assert warehouse.protected("postgresql://u@/d") == "postgresql://u@/d?host=/run/pg&port=7"


@pytest.mark.parametrize(
    ("given", "demanded"),
    [
        ("", {"sslmode": "require", "channel_binding": "require"}),
        ("?sslmode=require", {"sslmode": "require", "channel_binding": "require"}),
        ("?sslmode=verify-ca&channel_binding=require", {"sslmode": "verify-ca", "channel_binding": "require"}),
        ("?sslmode=verify-full&sslrootcert=/ca.pem", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ("?sslmode=verify-full&channel_binding=disable", {"sslmode": "verify-full", "channel_binding": "disable"}),
    ],
)
def test_over_a_network_tls_and_scram_are_demanded(given: str, demanded: dict[str, str]) -> None:
    made = settings.load(warehouse_url=f"postgresql://satu_pipeline:{SECRET}@db.example:5433/satu{given}")
    names = {"sslmode": "PGSSLMODE", "channel_binding": "PGCHANNELBINDING", "sslrootcert": "PGSSLROOTCERT"}
    told = warehouse.dbt_environment(made)
    assert {name: value for name, value in told.items() if name not in ("PGOPTIONS", "PGCLIENTENCODING")} == {
        "SATU_DBT_HOST": "db.example",
        "SATU_DBT_PORT": "5433",
        "SATU_DBT_USER": "satu_pipeline",
        "SATU_DBT_DBNAME": "satu",
        "DBT_ENV_SECRET_SATU_PASSWORD": "p@ss",
        "PGREQUIREAUTH": "scram-sha-256",
        **{names[key]: value for key, value in demanded.items()},
    }


@pytest.mark.parametrize(
    "given",
    [
        "?sslmode=disable",
        "?sslmode=prefer",
        "?sslmode=allow",
        "?channel_binding=prefer",
        "?sslmode=verify-ca&channel_binding=disable",
        "?require_auth=password",
        "?require_auth=none",
        "?require_auth=!password",
    ],
)
def test_anything_less_is_refused(given: str) -> None:
    made = settings.load(warehouse_url=f"postgresql://satu_pipeline:{SECRET}@db.example/satu{given}")
    with pytest.raises(WrongUsage, match="expected") as told:
        warehouse.url(made)
    assert "ss@db" not in str(told.value)
    assert SECRET not in str(told.value)


@pytest.mark.parametrize("hosts", ["", ",", "/run/pg,", "h,"])
def test_every_host_must_be_named(hosts: str) -> None:
    with pytest.raises(WrongUsage, match="no host"):
        warehouse.protected(f"postgresql:///satu?host={hosts}")


def test_one_host_of_a_network_among_sockets_is_protected() -> None:
    assert "sslmode=require" in warehouse.protected("postgresql://a@/satu?host=/run/postgresql,db.example")


def test_a_socket_stays_as_it_is() -> None:
    url = "postgresql://a@/satu?host=/run/postgresql&port=5432"
    assert warehouse.protected(url) == url


def test_no_program_is_given_a_password_as_an_argument() -> None:
    url = f"postgresql://satu_pipeline:{SECRET}@db.example:5433/satu?sslmode=require&password={SECRET}"
    assert warehouse.without_password(url) == "postgresql://satu_pipeline@db.example:5433/satu?sslmode=require"
    assert warehouse.without_password("postgresql://a@/s?host=/x") == "postgresql://a@/s?host=/x&port=5432"

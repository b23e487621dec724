"""What a connection to a server must have: TLS, SCRAM, and a server that proves who it is."""

import pytest

from satu import settings, warehouse
from satu.errors import WrongUsage

SECRET = "p%40ss"


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
    url = warehouse.protected(f"postgresql://satu_pipeline:{SECRET}@db.example:5433/satu{given}")
    names = {"sslmode": "PGSSLMODE", "channel_binding": "PGCHANNELBINDING", "sslrootcert": "PGSSLROOTCERT"}
    assert warehouse.dbt_environment(url) == {
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


def test_a_host_must_be_named() -> None:
    with pytest.raises(WrongUsage, match="no host"):
        warehouse.protected("postgresql:///satu")


def test_a_socket_stays_as_it_is() -> None:
    url = "postgresql://a@/satu?host=/run/postgresql"
    assert warehouse.protected(url) == url


def test_no_program_is_given_a_password_as_an_argument() -> None:
    url = f"postgresql://satu_pipeline:{SECRET}@db.example:5433/satu?sslmode=require&password={SECRET}"
    assert warehouse.without_password(url) == "postgresql://satu_pipeline@db.example:5433/satu?sslmode=require"
    assert warehouse.without_password("postgresql://a@/satu?host=/run/x") == "postgresql://a@/satu?host=/run/x"

"""What people see of a URL: never a part that could be a secret."""

import psycopg
import pytest

from satu import warehouse
from satu.errors import WrongUsage
from satu.landing_place import LandingPlace
from satu.settings import Settings
from satu.urls import described

PARTS = ("hush", "hash", "s3cret", "AKIA", "4711")
PASSWORDS = ("hush@hash", "hush/hash", "hush?hash", "hush#hash", "hush:hash", "hush[hash", "4711/hash", "hush hash")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hush@db.example:5433/satu", "postgresql://db.example:5433/satu"),
        ("postgresql://u:hu%40sh@db.example/satu?sslmode=require", "postgresql://db.example/satu?sslmode=require"),
        ("postgresql://u@h1:5432,h2:5433/satu", "postgresql://h1:5432,h2:5433/satu"),
        ("postgresql://u:hush@[::1]:5432/satu", "postgresql://[::1]:5432/satu"),
        ("postgresql://u@%2Frun%2Fpostgresql/satu", "postgresql://%2Frun%2Fpostgresql/satu"),
        ("postgresql:///satu?host=/run/postgresql", "postgresql:///satu?host=/run/postgresql"),
        ("postgresql://localhost:5433/satu", "postgresql://localhost:5433/satu"),
        ("s3://bucket/landing/asn", "s3://bucket/landing/asn"),
        ("/data/landing", "/data/landing"),
        # a password that is not escaped: nobody knows where it ends
        ("postgresql://u:hush@hash@db/satu", "postgresql://…"),
        ("postgresql://u:hush/hash@db/satu", "postgresql://…"),
        ("postgresql://u:4711/hash@db/satu", "postgresql://…"),
        ("postgresql://u:hush?hash@db/satu", "postgresql://…"),
        ("postgresql://u:hush#hash@db/satu", "postgresql://…"),
        ("postgresql://u:hush", "postgresql://…"),
        ("postgresql://u:hush hash@db x/satu", "postgresql://…"),
        ("postgresql://u:[hush@db/satu", "postgresql://…"),
        ("postgresql://u:hush%hash@db/satu", "postgresql://…"),
        # a secret in the query
        ("postgresql://db/satu?user=u&password=hush", "postgresql://db/satu?…"),
        ("postgresql://db/satu?host=/run&passfile=/hush", "postgresql://db/satu?…"),
        ("postgresql://u:4711@db/satu?password=hush@hash", "postgresql://…"),
        ("postgresql://db/satu?sslmode=require&options=-c%20a=hush", "postgresql://db/satu?…"),
        ("https://h.example/x?X-Amz-Signature=hush", "https://h.example/x?…"),
        ("s3://AKIA:s3cret/hash@bucket/landing", "s3://…"),
        ("simplecache::s3://AKIA:s3cret@bucket/x", "…://…"),
        # no URL, as a sign is missing
        ("s3:/AKIA:s3cret@bucket/x", "…"),
        ("//u:hush@h/x", "…"),
        ("u:hush@db:5432/satu", "…"),
        ("host=db password = hush", "…"),
        ("/data/a@b/landing", "/data/a@b/landing"),
        ("/data/12:30/landing", "/data/12:30/landing"),
    ],
)
def test_a_url_is_shown_without_what_could_be_a_secret(url: str, shown: str) -> None:
    assert described(url) == shown
    assert not any(part in shown for part in PARTS)


@pytest.mark.parametrize("password", PASSWORDS)
def test_no_message_about_the_warehouse_holds_a_part_of_a_password(password: str) -> None:
    for url in (f"postgresql://satu_pipeline:{password}@db/satu", f"postgresql://db/satu?password={password}"):
        given = Settings(warehouse_url=url)
        try:
            said = str(warehouse.not_connected(given, psycopg.OperationalError("connection refused")))
        except WrongUsage as error:
            said = str(error)
        assert not any(part in said for part in PARTS)


@pytest.mark.parametrize("password", [*PASSWORDS, "hush%hash", "hush]hash"])
def test_a_password_that_is_not_escaped_is_read_as_libpq_reads_it_or_refused(password: str) -> None:
    given = Settings(warehouse_url=f"postgresql://satu_pipeline:{password}@db/satu")
    if not any(sign in password for sign in "@/% "):
        assert warehouse.parts(warehouse.url(given))["password"] == password
        return
    with pytest.raises(WrongUsage, match="write @ as %40") as told:
        warehouse.url(given)
    assert not any(part in str(told.value) for part in PARTS)


@pytest.mark.parametrize("url", ["s3://AKIA:s3cret@bucket/x", "https://h.example/x?key=s3cret", "sftp://AKIA:hash@x"])
def test_a_landing_place_with_a_secret_in_its_url_is_refused(url: str) -> None:
    """It would be kept with every file."""
    with pytest.raises(WrongUsage, match="credentials in the environment") as told:
        LandingPlace(url)
    assert not any(part in str(told.value) for part in PARTS)


@pytest.mark.parametrize("url", ["s3:/AKIA:s3cret@bucket/x", "//AKIA:s3cret@h/x", "file://AKIA:s3cret@h/x"])
def test_a_landing_place_whose_url_lacks_a_sign_shows_no_secret(url: str) -> None:
    with pytest.raises(WrongUsage, match="landing place") as told:
        LandingPlace(url).files()
    assert not any(part in str(told.value) for part in PARTS)


@pytest.mark.parametrize("kind", ["simplecache", "filecache", "blockcache"])
def test_a_landing_place_behind_a_cache_is_refused(kind: str) -> None:
    """Its copies of the exports would stay on the disk."""
    with pytest.raises(WrongUsage, match="copies of the exports"):
        LandingPlace(f"{kind}::s3://bucket/landing")

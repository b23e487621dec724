"""A bucket as landing place: the same outcomes as in a folder, against a real S3 server (moto) on this machine."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import boto3
import fsspec
import pytest
from test_load import CONTENTS, GOOD, HEADER, OTHER

from satu import pipeline
from satu.errors import WrongUsage
from support import Landing

SERVER = """
import logging
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
logging.getLogger("werkzeug").disabled = True
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.port, flush=True)
server.serve_forever()
"""
ONE, BOTH = f"{HEADER}\n{GOOD}\n".encode(), f"{HEADER}\n{GOOD}\n{OTHER}\n".encode()


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A client of an S3 server that lives as long as this module's tests; the environment points to it."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    with pytest.MonkeyPatch.context() as environment:
        assert server.stdout
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.stdout.readline().strip()}")
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3")
        yield client
        client.close()
        fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.terminate()
    server.communicate()


class Bucket(Landing):
    """A landing place below `landing` in a bucket."""

    client: Any
    name: str

    def put(self, feed: str, name: str, content: bytes, period: str = "2020-03-01") -> str:
        key = str(PurePosixPath("landing", feed, "area=3371", f"period={period}", name))
        self.client.put_object(Bucket=self.name, Key=key, Body=content)
        return key


@pytest.fixture
def bucket(landing: Landing, s3: Any, request: pytest.FixtureRequest) -> Bucket:  # noqa: ANN401
    """An empty bucket of this test."""
    made = Bucket(landing.settings, landing.root)
    made.client, made.name = s3, f"drop-{abs(hash(request.node.name)) % 10**12}"
    s3.create_bucket(Bucket=made.name)
    made.settings = landing.settings.model_copy(update={"landing_url": f"s3://{made.name}/landing"})
    return made


@pytest.mark.parametrize(
    "name", ["plain.csv", "packed.csv.gz", "archive.zip", "book.xlsx", "lines.jsonl", "table.parquet"]
)
def test_every_kind_of_file_gives_the_same_records(bucket: Bucket, name: str) -> None:
    bucket.put("asn", name, CONTENTS[name])
    assert bucket.load() == {"loaded": 1}
    rows = bucket.query("select nip, nik, nama, instansi, kode_kabkota, _record_no from raw.asn order by _record_no")
    assert rows == [(*GOOD.split(","), 1), (*OTHER.split(","), 2)]
    [(uri,)] = bucket.query("select uri from ops.file")
    assert uri == f"s3://{bucket.name}/landing/asn/area=3371/period=2020-03-01/{name}"


def test_what_cannot_be_taken_in_is_refused_and_the_rest_loads(bucket: Bucket) -> None:
    bucket.put("asn", "empty.csv", b"")
    bucket.put("asn", "broken.csv.gz", gzip.compress(ONE * 1000)[:-20])
    bucket.put("asn", "notes.docx", b"x")
    bucket.put("asn", "good.csv", ONE)
    bucket.put("asn", "half.csv.part", ONE)
    bucket.load()
    statuses = bucket.query("select file_name, status from ops.file order by 1")
    assert statuses == [
        ("broken.csv.gz", "refused"),
        ("empty.csv", "refused"),
        ("good.csv", "loaded"),
        ("notes.docx", "refused"),
    ]


def test_an_object_that_stands_for_a_folder_is_no_file(bucket: Bucket) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key="landing/asn/area=3371/", Body=b"")
    bucket.put("asn", "good.csv", ONE)
    assert bucket.load() == {"loaded": 1}
    assert bucket.query("select file_name from ops.file") == [("good.csv",)]


def test_the_same_bytes_are_loaded_once(bucket: Bucket) -> None:
    bucket.put("asn", "a.csv", ONE)
    assert bucket.load() == {"loaded": 1}
    bucket.put("asn", "b.csv", ONE)
    bucket.load()
    bucket.put("asn", "a.csv", ONE)
    assert bucket.load() == {}
    assert bucket.query("select file_name, status from ops.file order by 1") == [
        ("a.csv", "loaded"),
        ("b.csv", "duplicate"),
    ]
    assert bucket.query("select count(*) from raw.asn") == [(1,)]


def test_a_correction_supersedes(bucket: Bucket) -> None:
    bucket.put("asn", "a.csv", ONE)
    bucket.load()
    bucket.put("asn", "a.csv", BOTH)
    assert bucket.load() == {"loaded": 1}
    assert bucket.query("select status, records_loaded from ops.file order by file_id") == [
        ("superseded", 1),
        ("loaded", 2),
    ]


def test_a_file_replaced_between_listing_and_loading_waits_for_the_next_sweep(bucket: Bucket) -> None:
    bucket.put("asn", "a.csv", ONE)
    waiting = pipeline.sweep(bucket.settings)
    bucket.put("asn", "a.csv", BOTH)
    assert pipeline.load_files(bucket.settings, waiting) == {"refused": 1}
    assert "changed after it was listed" in bucket.file("a.csv")["reason"]
    assert bucket.load() == {"loaded": 1}
    assert bucket.query("select count(*) from raw.asn") == [(2,)]


def test_a_file_that_went_away_is_refused_until_it_comes_back(bucket: Bucket) -> None:
    key = bucket.put("asn", "a.csv", ONE)
    waiting = pipeline.sweep(bucket.settings)
    bucket.client.delete_object(Bucket=bucket.name, Key=key)
    assert pipeline.load_files(bucket.settings, waiting) == {"refused": 1}
    assert "went away" in bucket.file("a.csv")["reason"]
    bucket.put("asn", "a.csv", ONE)
    assert bucket.load() == {"loaded": 1}


def test_a_bucket_that_is_not_there_is_no_quiet_day(bucket: Bucket) -> None:
    nowhere = bucket.settings.model_copy(update={"landing_url": "s3://no-such-bucket/landing"})
    with pytest.raises(WrongUsage, match="s3://no-such-bucket/landing is not there"):
        pipeline.sweep(nowhere)


def test_a_prefix_without_any_object_is_no_quiet_day(bucket: Bucket) -> None:
    bucket.put("asn", "a.csv", ONE)
    typo = bucket.settings.model_copy(update={"landing_url": f"s3://{bucket.name}/landin"})
    with pytest.raises(WrongUsage, match=f"no object is below the landing place s3://{bucket.name}/landin;"):
        pipeline.sweep(typo)
    assert bucket.query("select * from ops.file") == []


@pytest.mark.parametrize("marker", ["landing/", "landing/.keep", "landing/asn/"])
def test_a_prefix_with_a_marker_alone_is_a_quiet_day(bucket: Bucket, marker: str) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key=marker, Body=b"")
    assert pipeline.sweep(bucket.settings) == []


def test_a_whole_bucket_as_landing_place_may_be_empty(bucket: Bucket) -> None:
    whole = bucket.settings.model_copy(update={"landing_url": f"s3://{bucket.name}"})
    assert pipeline.sweep(whole) == []

"""A bucket as landing place: the same outcomes as in a folder, against a real S3 server (moto) on this machine."""

import gzip
import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import boto3
import fsspec
import pytest
import s3fs
from asn_files import GOOD, HEADER, OTHER, PLAIN, SAME_RECORDS, asn
from s3_server import closed_address, serving

from satu import pipeline, settings
from satu.errors import RetryableError, WrongUsage
from satu.ledger import queries
from support import Landing

MANY = f"{HEADER}\n{f'{GOOD}{chr(10)}' * 25_000}".encode()
ONE, BOTH = asn(GOOD), PLAIN


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A client of an S3 server that lives as long as this module's tests; the environment points to it."""
    with serving() as address, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", address)
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3")
        yield client
        client.close()
        fsspec.get_filesystem_class("s3").clear_instance_cache()


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
    bucket.put("asn", name, SAME_RECORDS[name])
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


def test_an_object_that_marks_a_folder_is_not_a_file(bucket: Bucket) -> None:
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
    assert "disappeared" in bucket.file("a.csv")["reason"]
    bucket.put("asn", "a.csv", ONE)
    assert bucket.load() == {"loaded": 1}


@pytest.fixture
def replaced_while_read(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The object `a.csv` is read in small parts, and is another one after the first of them."""
    filesystem = fsspec.get_filesystem_class("s3")
    monkeypatch.setitem(fsspec.config.conf, "s3", {"default_block_size": 1000, "default_cache_type": "bytes"})
    filesystem.clear_instance_cache()
    fetch = s3fs.S3File._fetch_range

    def fetched(self: s3fs.S3File, start: int, end: int) -> bytes:
        part: bytes = fetch(self, start, end)
        if not start:
            bucket.put("asn", "a.csv", MANY.replace(b"ANGGUN", b"BUNGA"))
        return part

    monkeypatch.setattr(s3fs.S3File, "_fetch_range", fetched)
    yield
    filesystem.clear_instance_cache()


@pytest.mark.parametrize("while_it_is", ["listed", "loaded"])
def test_a_file_replaced_while_it_is_read_is_refused_and_taken_at_the_next_sweep(
    bucket: Bucket, while_it_is: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("asn", "a.csv", MANY)
    waiting = [] if while_it_is == "listed" else pipeline.sweep(bucket.settings)
    request.getfixturevalue("replaced_while_read")
    waiting = waiting or pipeline.sweep(bucket.settings)
    assert pipeline.load_files(bucket.settings, waiting) == ({"refused": 1} if while_it_is == "loaded" else {})
    refused = bucket.file("a.csv")
    assert refused["status"] == "refused"
    assert "could not be read to its end (FileExpired)" in refused["reason"]
    monkeypatch.undo()
    assert bucket.load() == {"loaded": 1}
    assert bucket.query("select distinct nama from raw.asn") == [("BUNGA VERA",)]
    assert queries.files(bucket.settings, queries.FileStatus.REFUSED) == []


def test_a_bucket_that_is_not_there_is_no_quiet_day(bucket: Bucket) -> None:
    nowhere = bucket.settings.model_copy(update={"landing_url": "s3://no-such-bucket/landing"})
    with pytest.raises(WrongUsage, match="s3://no-such-bucket/landing does not exist"):
        pipeline.sweep(nowhere)


def test_a_prefix_without_any_object_is_no_quiet_day(bucket: Bucket) -> None:
    bucket.put("asn", "a.csv", ONE)
    typo = bucket.settings.model_copy(update={"landing_url": f"s3://{bucket.name}/landin"})
    with pytest.raises(WrongUsage, match=f"no object below the landing place s3://{bucket.name}/landin;"):
        pipeline.sweep(typo)
    assert bucket.query("select * from ops.file") == []


@pytest.mark.parametrize("marker", ["landing/", "landing/.keep", "landing/asn/"])
def test_a_prefix_with_a_marker_alone_is_a_quiet_day(bucket: Bucket, marker: str) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key=marker, Body=b"")
    assert pipeline.sweep(bucket.settings) == []


def test_a_whole_bucket_as_landing_place_may_be_empty(bucket: Bucket) -> None:
    whole = bucket.settings.model_copy(update={"landing_url": f"s3://{bucket.name}"})
    assert pipeline.sweep(whole) == []


def test_a_server_that_goes_away_after_the_sweep_leaves_the_file_waiting(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("asn", "a.csv", ONE)
    waiting = pipeline.sweep(bucket.settings)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("AWS_ENDPOINT_URL", closed_address())
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        with pytest.raises(RetryableError, match=r"cannot be looked at \(EndpointConnectionError\)"):
            pipeline.load_files(bucket.settings, waiting)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    assert bucket.file("a.csv")["status"] == "landed"
    assert bucket.load() == {"loaded": 1}


def test_how_often_to_try_again_is_for_the_environment_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_RETRY_MODE", raising=False)
    settings.load()
    assert os.environ["AWS_RETRY_MODE"] == "standard"
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    settings.load()
    assert os.environ["AWS_RETRY_MODE"] == "adaptive"

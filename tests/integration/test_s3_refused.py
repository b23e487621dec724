"""A bucket that lets nobody in, or a server that is not there: one line says so, and the ledger stays as it was."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import boto3
import pytest
from asn_files import GOOD, asn
from s3_server import closed_address, serving

from satu.errors import RetryableError, WrongUsage
from support import Landing


@pytest.fixture(scope="module")
def guarded() -> Iterator[dict[str, dict[str, str]]]:
    """Environments of logins to a server that asks who they are; its bucket `guarded` holds a marker."""
    with serving(INITIAL_NO_AUTH_ACTION_COUNT="7") as address:
        keys = {"aws_access_key_id": "first", "aws_secret_access_key": "first"}
        first = {"endpoint_url": address, "region_name": "us-east-1"} | keys
        iam, s3 = boto3.client("iam", **first), boto3.client("s3", **first)
        made = {"nobody": ("AKIANOBODY", "HIDDEN")}
        for name in ("reader", "stranger"):
            iam.create_user(UserName=name)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            made[name] = (key["AccessKeyId"], key["SecretAccessKey"])
        rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=json.dumps(rights))
        s3.create_bucket(Bucket="guarded")
        s3.put_object(Bucket="guarded", Key="landing/.keep", Body=b"")
        made["reader with a wrong secret"] = (made["reader"][0], "HIDDEN-TOO")
        yield {
            name: {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
            for name, (key, secret) in made.items()
        }
        iam.close()
        s3.close()


def satu(landing: Landing, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What the command says of the bucket `guarded`, in a process of its own."""
    given = {"SATU_HOME": str(landing.settings.home), "SATU_LANDING_URL": "s3://guarded/landing"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SATU_"))}
    command = [sys.executable, "-c", "from satu.cli.main import main; main()", *arguments]
    region = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run(
        command, env=kept | given | region | environment, cwd=landing.root, capture_output=True, text=True, check=False
    )


def expect_one_line(
    landing: Landing, environment: dict[str, str], arguments: list[str], exit_code: int, message: str
) -> None:
    """The command ends with one line that holds no secret, and the ledger is as it was."""
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    before = landing.query("select * from ops.file")
    done = satu(landing, environment, *arguments)
    [line] = done.stderr.splitlines()
    assert done.returncode == exit_code
    assert line.startswith(f"satu: the landing place s3://guarded/landing {message}")
    assert len(line) < 400
    assert not any(secret in done.stdout + done.stderr for name, secret in environment.items() if "KEY" in name)
    if "--json" in arguments:
        assert json.loads(done.stdout)["exit_code"] == exit_code
    assert landing.query("select * from ops.file") == before


COMMANDS = [["run"], ["run", "--until", "land", "--json"], ["demo"]]


def test_a_login_with_the_right_to_list_is_let_in(landing: Landing, guarded: dict[str, dict[str, str]]) -> None:
    assert satu(landing, guarded["reader"], "run", "--until", "land").returncode == 0


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("login", ["nobody", "stranger", "reader with a wrong secret"])
def test_a_login_without_access_is_reported(
    landing: Landing, guarded: dict[str, dict[str, str]], login: str, arguments: list[str]
) -> None:
    expect_one_line(landing, guarded[login], arguments, WrongUsage.exit_code, "may not be listed; expected a login")


def test_a_missing_login_is_reported(landing: Landing, guarded: dict[str, dict[str, str]]) -> None:
    nobody = {"AWS_ENDPOINT_URL": guarded["nobody"]["AWS_ENDPOINT_URL"]}
    expect_one_line(landing, nobody, ["run"], WrongUsage.exit_code, "may not be listed; expected a login")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_missing_server_is_reported(landing: Landing, arguments: list[str]) -> None:
    login = {"AWS_ENDPOINT_URL": closed_address(), "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "HIDDEN"}
    message = "cannot be listed (EndpointConnectionError); expected one that responds"
    expect_one_line(landing, login, arguments, RetryableError.exit_code, message)

"""docker-compose.yml is valid, holds together, and asks for every secret instead of bringing one."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = ("docker-compose.yml", "docker-compose.readers.yml")
TEXT = (ROOT / FILES[0]).read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)([^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|KEY|CONN|URL", re.IGNORECASE)


@pytest.mark.parametrize("file", FILES)
def test_fits_the_compose_specification(file: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(ROOT / file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_has_the_parts_of_an_airflow_installation() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "api-server", "scheduler", "dag-processor", "triggerer"}


@pytest.mark.parametrize("name", SERVICES)
def test_references_resolve(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert {config["source"] for config in service.get("configs", [])} <= set(COMPOSE["configs"])
    named = {mount.partition(":")[0] for mount in service["volumes"] if isinstance(mount, str)}
    assert named <= set(COMPOSE["volumes"])


def test_everything_declared_is_used() -> None:
    used = {name: "".join(str(service.get(name)) for service in SERVICES.values()) for name in ("networks", "volumes")}
    assert all(network in used["networks"] for network in COMPOSE["networks"])
    assert all(volume in used["volumes"] for volume in COMPOSE["volumes"])


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_standing_services_tell_their_health(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_waits_for_what_it_needs(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        finishes = SERVICES[needed].get("restart") == "no"
        assert how["condition"] == ("service_completed_successfully" if finishes else "service_healthy")


def test_every_variable_must_be_given_and_is_documented() -> None:
    documented = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    found = VARIABLE.findall("".join((ROOT / file).read_text() for file in FILES))
    assert found
    for variable, rest in found:
        assert variable in documented
        assert rest.startswith(":?"), f"{variable} has a default or may be empty"
        assert len(rest) > len(":?"), f"{variable} does not say what it is"


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) and "://" not in str(value) and "/" not in str(value):
                assert VARIABLE.fullmatch(str(value)), f"{name}: {variable}"
            assert not re.search(r"://\w+:(?!\$\{)[^@/]*@", str(value)), f"{name}: a password in {variable}"
    for config in COMPOSE["configs"].values():
        assert not re.search(r"password '(?!\$\{)", config["content"])
    for line in (ROOT / ".env.example").read_text().splitlines():
        assert line == "" or line.startswith("#"), "the example brings a value of its own"


def test_every_connection_over_the_network_is_encrypted_and_proven() -> None:
    # Satu itself demands the same of its own URL (tests/unit/test_warehouse_url.py).
    addresses = {name: value for name, value in SERVICES["scheduler"]["environment"].items() if "SQL_ALCHEMY" in name}
    assert len(addresses) == 2
    for value in addresses.values():
        assert value.endswith("?sslmode=require&channel_binding=require&require_auth=scram-sha-256")
    assert "POSTGRES_HOST_AUTH_METHOD" not in SERVICES["postgres"]["environment"], "the image's own is SCRAM"
    script = COMPOSE["configs"]["tls"]["content"]
    assert "alter system set ssl = 'on'" in script
    assert "s/^host /hostssl /" in script


def test_ports_are_bound_to_this_machine_only() -> None:
    for file in FILES:
        services = yaml.safe_load((ROOT / file).read_text())["services"]
        ports = [port for service in services.values() for port in service.get("ports", [])]
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)


def test_readers_get_in_only_where_the_environment_says_so() -> None:
    assert "ports" not in SERVICES["postgres"]
    readers = yaml.safe_load((ROOT / FILES[1]).read_text())
    assert set(readers["services"]) == {"postgres"}
    assert set(readers["services"]["postgres"]["networks"]) == {*SERVICES["postgres"]["networks"], *readers["networks"]}
    assert f"#COMPOSE_FILE={':'.join(FILES)}\n" in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "postgres"])
def test_a_first_installation_publishes_by_itself_from_a_folder_that_exists(name: str) -> None:
    (landing,) = [mount for mount in SERVICES[name]["volumes"] if isinstance(mount, dict)]
    assert landing["bind"] == {"create_host_path": False}
    assert landing["read_only"] is True
    assert SERVICES[name]["environment"]["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "False"


def test_airflow_settings_exist() -> None:
    # Read from its package, not through it: importing Airflow writes a configuration file.
    package = find_spec("airflow")
    assert package is not None
    assert package.origin is not None
    known = yaml.safe_load((Path(package.origin).parent / "config_templates" / "config.yml").read_text())
    for service in SERVICES.values():
        for name in service.get("environment", {}):
            if match := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)", name):
                section, option = (part.lower() for part in match.groups())
                assert option in known[section]["options"], name


def test_image_runs_as_an_ordinary_user_and_takes_its_versions_from_the_lock() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines[0] == "FROM python:3.13-slim"
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER satu"]
    assert any("--constraint requirements.lock" in line for line in lines)


def test_image_holds_what_the_package_reads_and_nothing_private() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    taken = {name for group in copied for name in group.split()}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == taken
    assert {"contracts", "dags", "dbt_project", "expectations", "plugins"} <= taken


def test_readers_may_not_look_into_the_other_databases_of_the_server() -> None:
    """Whoever reads the warehouse has a login on the server; by default it could connect to each of its databases."""
    assert "revoke all on database airflow, postgres from public" in COMPOSE["configs"]["airflow_database"]["content"]

"""Settings, read from the environment and `.env` when asked for, never on import."""

import os
import resource
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from satu.errors import WrongUsage

# Disables telemetry of dependencies. Set here because all entry points (commands, DAGs, tests) import this module.
NO_TELEMETRY = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}
# By default botocore retries an unreachable server for 15 s.
RETRIES = {"AWS_RETRY_MODE": "standard"}

# Variables with which libpq would override Satu's session settings.
_NOT_HEARD = ("PGDATESTYLE", "PGTZ", "PGGEQO")


class Settings(BaseSettings):
    """Addresses and folders. Immutable; created by `load()`.

    Every field can be given as `SATU_<NAME>` in the environment or in `.env`.
    """

    model_config = SettingsConfigDict(env_prefix="SATU_", env_file=".env", frozen=True, extra="ignore")

    home: Path = Path(".satu")
    """Folder of the embedded server, Airflow's home, logs and releases."""
    warehouse_url: str | None = None
    """`postgresql://…` of the warehouse; none means the embedded server under `home`."""
    landing_url: str = Field(default_factory=lambda given: str(given["home"].resolve() / "landing"))
    """URI of the landing place; by default `<home>/landing`."""
    project_dir: Path = Path(__file__).resolve().parents[2]
    """Folder of contracts/, dbt_project/, expectations/ and dags/."""
    keep_releases: int = Field(default=12, ge=1)
    """How many of the newest releases keep their tables."""
    publisher: str = "an office that is not named"
    """Who publishes the releases; stands in their description."""
    publisher_email: str = ""
    """Where readers ask; none by default."""
    licence: str = "CC-BY-4.0"
    """Licence of the published figures, by its SPDX name."""
    engine: Literal["postgres", "spark"] = "postgres"
    """What computes the models: the warehouse, or Apache Spark."""
    spark_master: str = "local[*]"
    """Where Spark runs: all processors of this machine, or the address of a cluster that shares its files."""
    spark_memory: str = "4g"
    """Memory of Spark's driver and of each of its executors."""

    @property
    def releases_dir(self) -> Path:
        """Folder with one folder per release."""
        return self.home.resolve() / "releases"

    @property
    def dbt_dir(self) -> Path:
        """Folder of dbt's artifacts: manifest, results, executed SQL."""
        return self.home.resolve() / "dbt"

    @property
    def logs_dir(self) -> Path:
        """Folder of the logs of dbt, the embedded server and Airflow's processes."""
        return self.home.resolve() / "logs"


def load(**given: object) -> Settings:
    """Return the current settings; `given` values (None = not given) override the environment.

    Raises:
        WrongUsage: a value is not valid.
    """
    os.environ.update(NO_TELEMETRY)
    # The memory of a process that crashes is not written to the disk: it can hold records of people.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    os.environ.update({name: value for name, value in RETRIES.items() if name not in os.environ})
    for name in _NOT_HEARD:
        os.environ.pop(name, None)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks the types
    except ValidationError as error:
        details = "; ".join(f"SATU_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise WrongUsage(f"a setting does not fit: {details}. See .env.example for what is expected") from None

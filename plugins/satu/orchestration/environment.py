"""The settings of a local Airflow, passed as environment variables, and its generated secrets."""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

from satu import warehouse
from satu.settings import Settings

USER = "admin"
LOGIN = "satu_airflow"
DATABASE = "airflow"


def environment(settings: Settings, port: int) -> dict[str, str]:
    """Return the environment of Airflow's processes: the caller's without its Airflow settings, plus ours."""
    home = home_of(settings)
    secret = secrets_of(home)
    database = warehouse.login_url(settings, LOGIN, DATABASE, secret["database"])
    base = f"http://127.0.0.1:{port}"
    airflow = {
        "API__BASE_URL": base,
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__SECRET_KEY": secret["api"],
        "API_AUTH__JWT_SECRET": secret["jwt"],
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "CORE__DAGS_FOLDER": str(settings.project_dir / "dags"),
        "CORE__EXECUTION_API_SERVER_URL": f"{base}/execution/",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__FERNET_KEY": secret["fernet"],
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks DNS, which may not answer
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "2",
        "CORE__PLUGINS_FOLDER": str(settings.project_dir / "plugins"),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "DATABASE__SQL_ALCHEMY_CONN": warehouse.sqlalchemy_url(database),
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": warehouse.sqlalchemy_url(database, "psycopg_async"),
        "LOGGING__BASE_LOG_FOLDER": str(settings.logs_dir / "airflow"),
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(settings.logs_dir / "airflow" / "dag_processor"),
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # Airflow often notices the end of a task only when its next heartbeat is due.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "SATU_"))}
    return inherited | _satu(settings) | {"AIRFLOW_HOME": str(home)} | {f"AIRFLOW__{k}": v for k, v in airflow.items()}


def _satu(settings: Settings) -> dict[str, str]:
    given = {
        "SATU_HOME": str(settings.home.resolve()),
        "SATU_LANDING_URL": settings.landing_url,
        "SATU_PROJECT_DIR": str(settings.project_dir),
        "SATU_KEEP_RELEASES": str(settings.keep_releases),
        "SATU_PUBLISHER": settings.publisher,
        "SATU_PUBLISHER_EMAIL": settings.publisher_email,
        "SATU_LICENCE": settings.licence,
        "SATU_ENGINE": settings.engine,
        "SATU_SPARK_MASTER": settings.spark_master,
        "SATU_SPARK_MEMORY": settings.spark_memory,
    }
    return given | ({"SATU_WAREHOUSE_URL": settings.warehouse_url} if settings.warehouse_url else {})


def home_of(settings: Settings) -> Path:
    """Return the folder of Airflow's own files; creates it and the folder of logs."""
    home = settings.home.resolve() / "airflow"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    return home


def secrets_of(home: Path) -> dict[str, str]:
    """Return the secrets by purpose; the first call generates them, and the web password."""
    made = {name: secrets.token_urlsafe(64) for name in ("api", "jwt", "database")}
    made["fernet"] = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    _write_once(home / "passwords.json", {USER: secrets.token_urlsafe(16)})
    _write_once(home / "secrets.json", made)
    return {str(name): str(value) for name, value in json.loads((home / "secrets.json").read_text()).items()}


def _write_once(path: Path, content: dict[str, str]) -> None:
    with suppress(FileExistsError), open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)

"""A small client of Airflow's REST API, version 2: health, DAGs, runs and their tasks."""

from datetime import datetime
from typing import Any, cast

import httpx

_TIMEOUT_S = 30.0
_PAGE = 100
_ROOT = "/api/v2"


class AirflowApi:
    """A session with one Airflow; logs in when first used.

    Every method raises `httpx.HTTPError` when the server does not answer or refuses.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False)
        self._login = {"username": user, "password": password}
        self._token = ""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def is_healthy(self, since: float) -> bool:
        """Return whether web server, scheduler and DAG processor are running.

        `since`, in seconds since the epoch: an earlier heartbeat comes from an earlier process and does not count.
        """
        try:
            health = self._client.get(f"{_ROOT}/monitor/health").json()
        except httpx.TransportError:
            return False
        beats = [health[name].get(f"latest_{name}_heartbeat") for name in ("scheduler", "dag_processor")]
        return all(beat and datetime.fromisoformat(beat).timestamp() >= since for beat in beats)

    def dag_ids(self) -> set[str]:
        """Return the ids of all parsed DAGs."""
        return {dag["dag_id"] for dag in self._get("/dags")["dags"]}

    def import_errors(self) -> list[str]:
        """Return the DAG files that do not import."""
        return [error["filename"] for error in self._get("/importErrors")["import_errors"]]

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._send("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str) -> str:
        """Start a run of a DAG and return its id."""
        return str(self._send("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])

    def runs(self, dag_id: str, since: datetime) -> list[dict[str, Any]]:
        """Return the runs of a DAG that were due at `since` or later, oldest first."""
        found = self._get(f"/dags/{dag_id}/dagRuns", run_after_gte=since.isoformat(), order_by="run_after")
        return cast("list[dict[str, Any]]", found["dag_runs"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of one run, such as `running` or `success`."""
        return str(self._get(f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run."""
        found = self._get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        return cast("list[dict[str, Any]]", found["task_instances"])

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        return self._request(
            self._client.build_request("GET", _ROOT + path, params={"limit": str(_PAGE), **parameters})
        )

    def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._request(self._client.build_request(method, _ROOT + path, json=body))

    def _request(self, request: httpx.Request) -> dict[str, Any]:
        if not self._token:
            answer = self._client.post("/auth/token", json=self._login)
            self._token = answer.raise_for_status().json()["access_token"]
        request.headers["authorization"] = f"Bearer {self._token}"
        return cast("dict[str, Any]", self._client.send(request).raise_for_status().json())

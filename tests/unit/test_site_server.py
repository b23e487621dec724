"""The server that shows a release on this machine: its headers, and that it leaves its folder to nobody else."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest

from satu.export.serving import server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "release" / "site").mkdir(parents=True)
    (tmp_path / "release" / "site" / "index.html").write_text("<h1>Sensus</h1>")
    (tmp_path / "secret.txt").write_text("secret")
    with server(tmp_path / "release", 0) as started:
        thread = Thread(target=started.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{started.server_port}"
        started.shutdown()
        thread.join()


def test_the_start_leads_to_the_first_page_under_the_policy(address: str) -> None:
    found = httpx.get(address, follow_redirects=True)
    assert found.url.path == "/site/index.html"
    assert found.text == "<h1>Sensus</h1>"
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert "unsafe" not in found.headers["content-security-policy"]
    assert found.headers["x-content-type-options"] == "nosniff"


def test_nothing_outside_the_folder_is_served(address: str) -> None:
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/site/../../secret.txt"):
        assert httpx.get(address + path).status_code == 404

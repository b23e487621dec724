"""Homes of their own: a run through Airflow leaves a whole warehouse behind, which no other test should meet."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from satu import settings, warehouse


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A folder that the server's own user may pass through, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="satu-e2e-"))
    folder.chmod(0o711)
    yield folder
    warehouse.stop(settings.load(home=folder))
    shutil.rmtree(folder)

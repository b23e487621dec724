"""What a run starts ends with it, also when it is killed."""

import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

STARTED = (
    "from satu.leashed import end_with_starter; end_with_starter(); import time; print(flush=True); time.sleep(60)"
)
STARTER = f"""
import subprocess, sys
started = subprocess.Popen([sys.executable, "-c", {STARTED!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
started.stdout.readline()
print(started.pid, flush=True)
started.wait()
"""


def test_a_program_ends_when_its_starter_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        started = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
    with suppress(psutil.NoSuchProcess):
        started.wait(timeout=20)
    assert not started.is_running() or started.status() == psutil.STATUS_ZOMBIE


def test_a_program_goes_on_while_its_starter_is_there() -> None:
    command = [sys.executable, "-c", STARTED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(timeout=1)
        assert started.stdin
        started.stdin.close()
        assert started.wait(timeout=20) == 1

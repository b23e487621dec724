"""dbt as a program that ends with its parent process, however that ends.

A run holds the lock of the warehouse, dbt does not. If dbt continued after a run was killed, it would build into the
tables of the next run, or restore a person who was just erased. The parent keeps the other end of dbt's standard input
open: the system closes it when the parent ends.
"""

import os
import sys
from threading import Thread


def end_with_starter() -> None:
    """From now on, end this process at once when its parent process ends."""
    Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)  # the server rolls back what was not committed


if __name__ == "__main__":
    end_with_starter()
    from dbt.cli.main import cli

    sys.exit(cli())

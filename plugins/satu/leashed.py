"""dbt as a program that ends with the process that started it, however that ends.

A run holds the lock of the warehouse, dbt does not. Were it to go on after a run was killed, it would build the tables
of the next run, or bring back whom an erasure has just taken out. Whoever starts it keeps the other end of its standard
input open: the system closes that end with the process that holds it.
"""

import os
import sys
from threading import Thread


def end_with_starter() -> None:
    """End this process at once, from now on, when whoever started it has gone."""
    Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)  # the server rolls back what was not committed


if __name__ == "__main__":
    end_with_starter()
    from dbt.cli.main import cli

    sys.exit(cli())

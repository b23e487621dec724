"""The properties of tests/unit/test_load_properties.py, over many more examples than a test run draws.

`make soak-properties` prints {"examples": 10000, "failures": 0} as its last line.
"""

import argparse
import json
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

import generated_files
import generated_reading
from generated_files import Written
from generated_reading import Property

PROPERTIES = (
    (generated_files.files(), generated_reading.hold_written),
    (generated_files.mangled(), generated_reading.hold_mangled),
)


def main() -> None:
    """Draw as many examples as asked for; exit with 1 if a property did not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2020)
    wanted = parser.parse_args()
    share = settings(
        max_examples=wanted.examples // len(PROPERTIES),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    done: Counter[str] = Counter(examples=0, failures=0)
    for drawn, hold in PROPERTIES:
        try:
            _held(drawn, hold, done, seed(wanted.seed), share)
        except Exception:
            traceback.print_exc()
            done["failures"] += 1
    sys.stdout.write(json.dumps(done) + "\n")
    sys.exit(1 if done["failures"] else 0)


def _held(
    drawn: SearchStrategy[Written], hold: Property, done: "Counter[str]", *decorators: Callable[..., Any]
) -> None:
    def one(file: Written, block_size: int) -> None:
        done["examples"] += 1
        hold(file, block_size)

    test: Callable[..., Any] = given(file=drawn, block_size=generated_files.BLOCK_SIZES)(one)
    for decorator in decorators:
        test = decorator(test)
    test()


if __name__ == "__main__":
    main()

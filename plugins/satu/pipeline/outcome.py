"""The outcome of a run, stage by stage, and the reporter of its progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic


class Stage(StrEnum):
    """The stages, in their order."""

    LAND = "land"
    LOAD = "load"
    BUILD = "build"
    LINK = "link"
    GATE = "gate"
    RELEASE = "release"
    EXPORT = "export"


ONLY_REFUSED = "refused"
"""Outcome of a run that only refused files."""
NOT_YET = "nothing to release yet"
"""Outcome of a run without enough data for a first release."""


@dataclass
class Outcome:
    """What one run did."""

    run_id: str | None = None
    outcome: str = "nothing new"
    """The last stage that did something, or why none did."""
    files: dict[str, int] = field(default_factory=dict)
    """Number of files by outcome, including those refused for their path or name."""
    waiting: int = 0
    missing: list[str] = field(default_factory=list)
    """Feeds that the first release needs and that have no record."""
    release_id: str | None = None
    exported_to: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


class Reporter:
    """Receives the progress of a run. This class only measures time; the command line has one that shows progress."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure one stage; the times of a repeated stage add up."""
        begun = monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + monotonic() - begun, 2)

    def loaded(self, files: dict[str, int]) -> None:
        """Receive the number of files by outcome."""

    def loading(self, total_bytes: int) -> Callable[[int], None]:
        """Return a callback for the size of each loaded file, in bytes; all together have `total_bytes`."""
        del total_bytes
        return lambda _: None


def ended(done: Outcome, taken: int | None, otherwise: str) -> str:
    """Return the outcome of a run without a release; `taken` files were not refused."""
    if done.files.get("refused") and not taken:
        return ONLY_REFUSED
    return otherwise if taken != 0 else "nothing new"

"""What a run did, stage by stage, and who is told of it meanwhile."""

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
"""Outcome of a run that refused files and had nothing else to do."""
NOT_YET = "nothing to release yet"
"""Outcome of a run that has too little for a first release."""


@dataclass
class Outcome:
    """What one run did."""

    run_id: str | None = None
    outcome: str = "nothing new"
    """The last stage that did something, or why there was nothing to do."""
    files: dict[str, int] = field(default_factory=dict)
    """How many files ended how, with those that were refused by their place or name."""
    waiting: int = 0
    missing: list[str] = field(default_factory=list)
    """Feeds without a record that a first release needs."""
    release_id: str | None = None
    exported_to: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


class Reporter:
    """Told what a run does; this one only takes the time. The command line has one that shows it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Enclose one stage; a stage that comes twice adds up."""
        begun = monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + monotonic() - begun, 2)

    def loaded(self, files: dict[str, int]) -> None:
        """Take note of how many files ended how."""

    def loading(self, total_bytes: int) -> Callable[[int], None]:
        """Return what is called with the bytes of each file that is done, of `total_bytes` in all."""
        del total_bytes
        return lambda _: None


def ended(done: Outcome, taken: int | None, otherwise: str) -> str:
    """Return how a run ended that made no release; `taken` files came further."""
    if done.files.get("refused") and not taken:
        return ONLY_REFUSED
    return otherwise if taken != 0 else "nothing new"

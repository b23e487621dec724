"""Memory of a piece of work, including the processes that it starts."""

from contextlib import suppress
from threading import Event, Thread

import psutil

_LOOK_EVERY_SECONDS = 0.02


class Memory:
    """Samples, during a piece of work, the total resident memory of this process and of those it started."""

    def __init__(self) -> None:
        self.peak_mb = 0
        self._ended = Event()
        self._watching = Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._ended.wait(_LOOK_EVERY_SECONDS):
            resident = 0
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    resident += each.memory_info().rss
            self.peak_mb = max(self.peak_mb, resident // 2**20)

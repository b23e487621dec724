"""Stage `load`: a landed file becomes records of `raw.<feed>`, in one transaction a file.

Manifest row, records, rejects and counts commit together or not at all. Well-formed text is passed to COPY as blocks;
text that COPY refuses or could misread is read again record by record (`satu.load.records`).
"""

import errno
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from satu import warehouse
from satu.contracts import Contract
from satu.errors import BadInput, RetryableError, SatuError
from satu.landing_file import NO_PERMISSION, UNREADABLE, local_path
from satu.landing_place import stat
from satu.load.copying import take_in
from satu.load.manifest import File, claim, finish, refuse, set_duplicate, supersede, twin_of
from satu.load.records import Reading
from satu.load.rejects import Rejects
from satu.settings import Settings


def load_landed(
    settings: Settings,
    contracts: dict[str, Contract],
    file_ids: Iterable[int],
    progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Load the files in parallel; return how many were `loaded`, `refused` or were no longer waiting.

    `progress` is called with the size of each finished file, in bytes. Files that another process loads or has loaded
    are skipped; a second call after a crash loads the missing ones.
    """
    outcomes: Counter[str] = Counter()
    waiting = list(file_ids)
    while waiting:
        workers = min(len(waiting), os.cpu_count() or 1)
        shares = [_Share(waiting[number::workers]) for number in range(workers)]
        with ThreadPoolExecutor(max_workers=workers) as pool:
            list(pool.map(lambda share: _load_share(settings, contracts, share, progress), shares))
        outcomes = sum((share.outcomes for share in shares), outcomes)
        waiting = sorted({file_id for share in shares for file_id in share.reinstated})
    return outcomes


@dataclass
class _Share:
    """The files of one worker, and their outcomes."""

    file_ids: list[int]
    outcomes: Counter[str] = field(default_factory=Counter)
    reinstated: list[int] = field(default_factory=list)
    """Duplicates of a file that is now superseded: they have to be loaded instead."""


def _load_share(
    settings: Settings, contracts: dict[str, Contract], share: _Share, progress: Callable[[int], None]
) -> None:
    try:
        with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
            connection.execute("create temporary sequence if not exists record_no minvalue 0 cache 10000")
            for file_id in share.file_ids:
                with connection.transaction():
                    file = claim(connection, file_id)
                    if file:
                        share.outcomes[_load_file(connection, contracts[file.feed], file, share)] += 1
                progress(file.bytes if file else 0)
    except psycopg.Error as error:
        failure = warehouse.statement_error(error)
        if failure is None:
            raise
        raise type(failure)(f"{failure}. Files that were not loaded still wait, complete") from None


def _load_file(connection: psycopg.Connection, contract: Contract, file: File, share: _Share) -> str:
    with Rejects(file.file_id) as rejects:
        try:
            _expect_same(file)
            if twin := twin_of(connection, file):
                share.reinstated += supersede(connection, file, twin)
                set_duplicate(connection, file, twin)
                return "duplicate"
            if not file.bytes:
                raise BadInput("the file is empty; expected a header and records")
            with connection.transaction():
                reading, loaded = take_in(connection, contract, file, rejects)
                _expect_same(file)
                _expect_records(file, reading, loaded)
        except BadInput as refusal:
            refuse(connection, file, str(refusal))
            return "refused"
        except FileNotFoundError:
            refuse(connection, file, "the file disappeared before it was read; deliver it again", version_mark="gone")
            return "refused"
        except PermissionError:
            refuse(connection, file, NO_PERMISSION, version_mark=UNREADABLE)
            return "refused"
        except OSError as error:  # the connection to a store broke, or an object was replaced while it was read
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise RetryableError(
                    f"the disk that holds {tempfile.gettempdir()} is full; rejected records and unpacked workbooks need"
                    " room there while a file loads. Files that were not loaded still wait, complete; make room and"
                    " run again"
                ) from None
            reason = f"it could not be read to its end ({type(error).__name__}); the next sweep tries again"
            refuse(connection, file, reason, version_mark=UNREADABLE)
            return "refused"
        except (psycopg.Error, SatuError):
            raise
        except Exception as error:  # one file must not keep the others from loading
            reason = f"reading it failed with an unexpected error ({type(error).__name__})"
            # A store can fail in many ways and is tried again; a file on disk will not change.
            refuse(connection, file, reason, version_mark=None if local_path(file.uri) else UNREADABLE)
            return "refused"
        share.reinstated += supersede(connection, file, file.file_id)
        finish(connection, contract, file, reading, loaded)
        return "loaded"


def _expect_same(file: File) -> None:
    """Raise BadInput if the file has changed since it was listed."""
    if stat(file.uri) != (file.bytes, file.modified):
        raise BadInput("it changed after it was listed; the next sweep loads the changed file")


def _expect_records(file: File, reading: Reading, loaded: int) -> None:
    """Raise BadInput for a delivery without a loadable record: it must not supersede an earlier one.

    A header without records is deliberate: it withdraws the earlier delivery of the same name.
    """
    if reading.record_no and not loaded:
        raise BadInput(
            f"none of its {reading.record_no:,} records can be loaded ({reading.rejects.first}); expected records as"
            " the contract describes them. An earlier delivery of the same name stays; correct it and send it again"
        )
    if not reading.record_no and file.file_name.lower().endswith(".jsonl"):
        raise BadInput("it has no records; expected one per line. Send it again")
    if not reading.record_no:
        reading.findings.append("no records: the earlier delivery of the same name is withdrawn")

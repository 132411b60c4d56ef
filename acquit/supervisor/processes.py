"""Processes, locks and small files: what the database keeper and the process tree share."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

LAUNCHER = str(Path(__file__).with_name("launch.py"))
LOG_BYTES_MAX = 20 * 1024 * 1024
LOGS_KEPT = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """A process as it was once seen: its id, and a mark that no other process with it ever has.

    The mark does not depend on the wall clock, which may be set while the process runs.
    """

    pid: int
    mark: str

    @classmethod
    def of(cls, *, pid: int) -> Seen | None:
        """The live process with this id now; None when there is none (or only a zombie)."""
        mark = _mark_on_linux(pid=pid) if sys.platform == "linux" else _mark_elsewhere(pid=pid)
        return None if mark is None else cls(pid=pid, mark=mark)

    @classmethod
    def myself(cls) -> Seen:
        me = cls.of(pid=os.getpid())
        assert me is not None, "this process is alive"
        return me

    def alive(self) -> bool:
        """True when the very same process still runs: not a zombie, not another with its id."""
        return Seen.of(pid=self.pid) == self

    def signal(self, number: int) -> bool:
        """Send a signal if it is still the same process; False when it is gone."""
        if not self.alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def gone_within(self, *, seconds: float) -> bool:
        """Wait for the end of the process; False when it still runs after ``seconds``."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def _mark_on_linux(*, pid: int) -> str | None:
    """Identity of this boot, and ticks from boot to the start of the process (proc_pid_stat(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, also parentheses: the fields follow the last one.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}:{fields[19]}"


def _mark_elsewhere(*, pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.0f}"
    except psutil.NoSuchProcess:
        return None


def command_line(*, pid: int) -> tuple[str, ...]:
    """The arguments of a live process; empty when it is gone or may not be seen."""
    try:
        return tuple(psutil.Process(pid).cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return ()


class Lock:
    """An exclusive lock on a file, held by the open file itself.

    The lock lives as long as any process that inherited the file (``fileno``), so a database
    whose keeper was killed still holds it until its last process has ended.
    """

    def __init__(self, *, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock without waiting; False when another process holds it."""
        created = not self.path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        number = os.open(self.path, flags, 0o600)
        if created:
            give_to_owner_of_folder(path=self.path)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(number)
            return False
        self._file = number
        return True

    def take_within(self, *, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self.take():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def held_elsewhere(self) -> bool:
        """True when some process holds it (also this one, through another ``Lock``)."""
        if not self.path.exists():
            return False
        probe = Lock(path=self.path)
        if probe.take():
            probe.free()
            return False
        return True

    def fileno(self) -> int:
        assert self._file is not None, "the lock is not held"
        return self._file

    def free(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def give_to_owner_of_folder(*, path: Path) -> None:
    """When root creates a file in a user's folder, the file is the user's, as if he had made it."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def make_folder(*, path: Path, mode: int, uid: int = -1, gid: int = -1) -> bool:
    """Create a folder of ours with exactly this mode; an existing one is left as it is.

    Missing parents are created for root alone to write in and all to pass. True when created.
    """
    if path.is_dir():
        return False
    if not path.parent.is_dir():
        make_folder(path=path.parent, mode=0o755)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return False
    if uid >= 0:
        os.chown(path, uid, gid)
    else:
        give_to_owner_of_folder(path=path)
    path.chmod(mode)
    return True


def write_json(*, path: Path, value: Mapping[str, Any], mode: int = 0o600) -> None:
    """Replace a small JSON file in one step: a reader sees the old or the new, never a part."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    write_text(path=part, text=json.dumps(value, indent=2, sort_keys=True) + "\n", mode=mode)
    part.replace(path)


def write_text(*, path: Path, text: str, mode: int) -> None:
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)
    give_to_owner_of_folder(path=path)


def read_json(*, path: Path) -> dict[str, Any] | None:
    """The content of a JSON file of ours; None when there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None
    return value if isinstance(value, dict) else None


def open_log(*, path: Path) -> int:
    """Open a log file for appending, rotated first when it has grown; returns the descriptor."""
    make_folder(path=path.parent, mode=0o700)
    shorten_log(path=path)
    created = not path.exists()
    # Not through a link: root may write the log of a folder that is somebody else's.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    number = os.open(path, flags, 0o600)
    if created:
        give_to_owner_of_folder(path=path)
    return number


def shorten_log(*, path: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Keep ``LOGS_KEPT`` old copies of a log over the limit and empty it in place.

    In place, because the process that writes it keeps it open. A line written between the copy
    and the cut is lost; logs are for people, facts are in the database.
    """
    if path.is_symlink() or not path.exists() or path.stat().st_size <= bytes_max:
        return
    for age in range(LOGS_KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{age}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{age + 1}"))
    copy = path.with_name(f"{path.name}.1")
    shutil.copyfile(path, copy)
    copy.chmod(0o600)
    give_to_owner_of_folder(path=copy)
    os.truncate(path, 0)


def last_lines(*, path: Path, count: int = 5) -> str:
    """The last lines of a log, for an error message."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(line for line in lines[-count:] if line.strip())


def launcher(*, options: Sequence[str], command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", LAUNCHER, *options, "--", *command]


def spawn(
    *,
    command: Sequence[str],
    env: Mapping[str, str],
    log: Path,
    death_signal: int = signal.SIGTERM,
    user: tuple[int, int] | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, its output in ``log``, bound to the life of this process.

    Must be called from the main thread: the kernel ties the death signal to the thread that
    started the child. ``command[0]`` is an absolute path; ``user`` is (uid, gid).
    """
    options = ["--parent", str(os.getpid()), "--death-signal", str(int(death_signal))]
    if user is not None:
        options += ["--user", f"{user[0]}:{user[1]}"]
    output = open_log(path=log)
    try:
        return subprocess.Popen(
            launcher(options=options, command=command),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )
    finally:
        os.close(output)


def spawn_detached(*, command: Sequence[str], env: Mapping[str, str], log: Path) -> Seen | None:
    """Start a program that outlives this one (own session, child of init); None if it died."""
    output = open_log(path=log)
    try:
        done = subprocess.run(
            launcher(options=["--detach"], command=command),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            check=True,
            start_new_session=True,
        )
    finally:
        os.close(output)
    return Seen.of(pid=int(done.stdout))


class _CtrlC:
    """Notes that it came, and ends what is under way if it may."""

    def __init__(self, *, breaks: bool) -> None:
        self.came = False
        self._breaks = breaks

    def __call__(self, _number: int, _frame: object) -> None:
        self.came = True
        if self._breaks:
            raise KeyboardInterrupt


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Ctrl-C in this short block is raised at its end, when what it began is known by name."""
    with _answering(_CtrlC(breaks=False)):
        yield


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Ctrl-C ends this block, at the latest at its end: something on the way, such as an import
    that catches everything, may take the exception for one of its own."""
    with _answering(_CtrlC(breaks=True)):
        yield


@contextlib.contextmanager
def _answering(answer: _CtrlC) -> Iterator[None]:
    """Somebody else's own answer is left alone; only the main thread is told of signals."""
    before = signal.getsignal(signal.SIGINT)
    is_ours = before is signal.default_int_handler or isinstance(before, _CtrlC)
    if not is_ours or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if answer.came:
        raise KeyboardInterrupt


class Signals:
    """Waits for signals and for ended children without polling; a context manager.

    Inside it the given signals no longer end this process: ``wait`` reports them instead. Only
    for the main thread.
    """

    def __init__(self, *, wanted: Sequence[int]) -> None:
        self._wanted = {*wanted, signal.SIGCHLD}
        self._before: dict[int, Any] = {}
        self._wakeup_before = -1
        self._read = self._write = -1
        self._ever: set[int] = set()

    def __enter__(self) -> Signals:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in self._wanted:
            # An ignored signal is not written to the wake-up pipe, hence an empty handler.
            self._before[number] = signal.signal(number, lambda *_: None)
        return self

    def wait(self, *, seconds: float) -> set[int]:
        """The signals that came, at the latest after ``seconds``; an ended child is SIGCHLD."""
        select.select([self._read], [], [], max(0.0, seconds))
        try:
            came = set(os.read(self._read, 4096))
        except BlockingIOError:
            return set()
        self._ever |= came
        return came

    def ever(self) -> set[int]:
        """All signals that came since the beginning."""
        self.wait(seconds=0)
        return self._ever

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

"""The one way to open a PDF of others: what is wanted of it is asked of a child with limits.

A child is started by the first file, serves the next ones while they come, and ends with the
first that harms it; whoever asked is told why, and nothing else in the program notices.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import BoundedSemaphore, Timer
from typing import Any

from acquit.sandbox import frames
from acquit.sandbox.child import FILE_BYTES_MAX, IDLE_SECONDS, MEMORY_BYTES

CPU_SECONDS = 10  # for a file
WALL_SECONDS = 30
ANSWER_BYTES_MAX = 64_000_000
AT_ONCE = 4
FILES_MAX = 500  # of one child: what a library leaks has an end
_ANOTHER = "save the PDF anew, or ask for another one"
# The child finds the modules that its parent has, also in installations of one user or a clone.
_START = (
    "import sys; sys.path[:] = sys.argv[2:]; from acquit.sandbox.child import main; "
    "main(sys.argv[1])"
)


class CannotOpen(Exception):
    """The file is not read. ``code`` starts with ``pdf.``: encrypted, damaged, packed, filter,
    size, too_long say what the file is; memory, time, ended what it did to the child."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        self.code, self.message, self.fix = code, message, fix
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print: its page from 1, its edges in points from below, and its cells as text,
    left and right edge."""

    page: int
    bottom: float
    top: float
    cells: list[tuple[str, float, float]]


@dataclass(frozen=True, slots=True)
class Pixels:
    """A page as drawn: width and height in pixels, the letters of a pixel (``BGR``), the bytes
    of a row, pixels in a point, and the page's height in points."""

    size: tuple[int, int]
    mode: str
    stride: int
    scale: float
    height: float
    data: bytes


def attachments(*, pdf: bytes, names: Sequence[str], most: int) -> list[tuple[str, bytes]]:
    """The files inside a PDF that have one of the names (lower case), with ``most`` bytes
    together. Raises CannotOpen."""
    found, pieces = _ask("attached", "files", pdf, names=list(names), most=most)
    return list(zip(found, pieces, strict=True))


def lines(*, pdf: bytes, pages: int, letters: int) -> list[Line]:
    """The lines of at most so many pages of at most so many letters. Raises CannotOpen."""
    found, _pieces = _ask("paper", "lines", pdf, pages=pages, letters=letters)
    return [
        Line(page, bottom, top, [(text, left, right) for text, left, right in cells])
        for page, bottom, top, cells in found
    ]


def picture(*, pdf: bytes, page: int, side: int) -> Pixels:
    """A page as drawn, its longer side at most ``side`` pixels. Raises CannotOpen."""
    found, (data,) = _ask("paper", "picture", pdf, page=page, side=side)
    width, height = found.pop("size")
    return Pixels(size=(width, height), data=data, **found)


class _Ended(CannotOpen):
    """It did that to a child, which is no more, or must not have another file."""


class _Child:
    def __init__(self, reader: str) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                "-B",
                "-c",
                _START,
                reader,
                *map(os.path.abspath, sys.path),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        self.reader = reader
        self.files = 0
        self._asked = time.monotonic()

    def ask(self, head: dict[str, Any], pdf: bytes) -> tuple[Any, list[bytes]]:
        """The child's answer. CannotOpen where it says no, _Ended where it cannot go on."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked = time.monotonic()
        self.files += 1
        late = Timer(WALL_SECONDS, process.kill)
        late.daemon = True
        late.start()
        try:
            frames.put(process.stdin, head, [pdf])
            answer = frames.take(process.stdout, most=ANSWER_BYTES_MAX)
        except (OSError, frames.Garbled):
            answer = None
        finally:
            late.cancel()
        if answer is None:
            raise self._why()
        said, pieces = answer
        if "no" in said:
            raise (_Ended if said.get("last") else CannotOpen)(*said["no"])
        return said["found"], pieces

    def is_worn(self) -> bool:
        """Whether the next file had better meet a new one: a child that idles leaves soon."""
        idle = time.monotonic() - self._asked
        worn = self.files >= FILES_MAX or idle > IDLE_SECONDS / 2
        return worn or self._process.poll() is not None

    def end(self) -> int:
        """How it ended, on its own or now; negative is a signal."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not sent need not be
                if pipe is not None:
                    pipe.close()
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _why(self) -> _Ended:
        took = time.monotonic() - self._asked
        code = self.end()
        if code == -signal.SIGXCPU or took >= WALL_SECONDS:
            message = f"reading the file takes more than {CPU_SECONDS} seconds of computing"
            return _Ended("pdf.time", message, _ANOTHER)
        how = signal.Signals(-code).name if code < 0 else f"status {code}"
        memory = MEMORY_BYTES >> 20
        message = f"the file ends the program that reads it within {memory} MB of memory ({how})"
        return _Ended("pdf.ended", message, _ANOTHER)


def _environment() -> dict[str, str]:
    """No address and no key of ours; only what finds the libraries on unusual systems."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


_turns = BoundedSemaphore(AT_ONCE)
_waiting: dict[str, list[_Child]] = {"attached": [], "paper": []}


def _ask(reader: str, job: str, pdf: bytes, **options: Any) -> tuple[Any, list[bytes]]:
    if len(pdf) > FILE_BYTES_MAX:
        message = f"{len(pdf)} bytes; at most {FILE_BYTES_MAX} are accepted"
        raise CannotOpen("pdf.size", message, "send a smaller file")
    head = {"job": job, "options": options, "seconds": CPU_SECONDS}
    with _turns:
        child = _next(reader)
        try:
            return _served(child, head, pdf)
        except _Ended as ended:
            if child.files == 1 or ended.code == "pdf.time":
                raise
        # It may have fallen over what an earlier file left: only a new one can tell.
        return _served(_Child(reader), head, pdf)


def _next(reader: str) -> _Child:
    """One that waits, or a new one."""
    with suppress(IndexError):
        while (child := _waiting[reader].pop()).is_worn():
            child.end()
        return child
    return _Child(reader)


def _served(child: _Child, head: dict[str, Any], pdf: bytes) -> tuple[Any, list[bytes]]:
    """The answer of a child, which then waits for the next file if this one left it whole."""
    is_whole = False
    try:
        answer = child.ask(head, pdf)
        is_whole = True
        return answer
    except CannotOpen as no:
        is_whole = not isinstance(no, _Ended)
        raise
    finally:
        if is_whole:
            _waiting[child.reader].append(child)
        else:
            child.end()


def _forget() -> None:
    """A process that forked does not talk to the children of the other."""
    global _turns
    _turns = BoundedSemaphore(AT_ONCE)
    for waiting in _waiting.values():
        waiting.clear()


def _leave() -> None:
    for waiting in _waiting.values():
        while waiting:
            waiting.pop().end()


os.register_at_fork(after_in_child=_forget)
atexit.register(_leave)

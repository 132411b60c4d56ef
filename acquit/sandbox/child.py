"""The process behind the door: one file after the other, within limits that it cannot leave."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from importlib import import_module
from types import ModuleType
from typing import Any

from acquit.sandbox import frames

MEMORY_BYTES = 1 << 30
# Who asks again does so within a part of this time, so that no question meets one who leaves.
IDLE_SECONDS = 60
FILE_BYTES_MAX = 50_000_000


class Refusal(Exception):
    """The file is not read: a stable code, the reason, and what to do about it."""

    def __init__(self, code: str, message: str, fix: str = "save the PDF anew") -> None:
        self.said = (code, message, fix)
        super().__init__(message)


def main(reader: str) -> None:
    """Answer until nobody asks any more. ``reader`` is one of the modules of this folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who wait for the answer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    module = import_module(f"acquit.sandbox.{reader}")
    _confine()
    while True:
        signal.alarm(IDLE_SECONDS)
        question = frames.take(sys.stdin.buffer, most=FILE_BYTES_MAX)
        signal.alarm(0)
        if question is None:
            return
        head, (data,) = question
        answer, pieces = _answer(module, head, data)
        frames.put(answers, answer, pieces)
        if answer.get("last"):
            return


def _confine() -> None:
    """Without a number for one more there is no file to open and no network to reach."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    if sys.platform == "linux":  # others do not keep this one
        limits[resource.RLIMIT_AS] = MEMORY_BYTES
    for what, most in limits.items():
        most = _at_most(what, most)
        resource.setrlimit(what, (most, most))


def _at_most(what: int, most: int) -> int:
    hard = resource.getrlimit(what)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def _answer(
    module: ModuleType, head: dict[str, Any], data: bytes
) -> tuple[dict[str, Any], list[bytes]]:
    until = int(time.process_time()) + 1 + head["seconds"]
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(resource.RLIMIT_CPU, until), hard))
    try:
        found: tuple[Any, list[bytes]] = getattr(module, head["job"])(data, **head["options"])
    except Refusal as known:
        return {"no": known.said}, []
    except MemoryError:
        message = f"reading the file takes more than {MEMORY_BYTES >> 20} MB of memory"
        harm = Refusal("pdf.memory", message)
    except Exception as bad:  # noqa: BLE001 - what a library trips over is the file's fault
        message = f"not a readable PDF: {type(bad).__name__}: {str(bad)[:200]}"
        harm = Refusal("pdf.damaged", message)
    else:
        return {"found": found[0]}, found[1]
    return {"no": harm.said, "last": True}, []

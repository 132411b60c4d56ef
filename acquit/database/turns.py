"""Who talks with the database gets his turn at once.

Python lets a thread that computes go on for 5 ms before another one has its turn. A thread that
hands rows to the database would wait as long for each statement and each answer, and the database
with it: in a run over a thousand rows that adds up to a part of its time that one can see.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

TURN_SECONDS = 0.0005
_lock = Lock()
_usual: list[float] = []  # what held before, while anybody is inside; one entry for each of them


@contextmanager
def quick_turns() -> Iterator[None]:
    """For the length of a conversation of one thread while another one computes."""
    with _lock:
        _usual.append(_usual[0] if _usual else sys.getswitchinterval())
        sys.setswitchinterval(min(TURN_SECONDS, _usual[0]))
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                sys.setswitchinterval(usual)

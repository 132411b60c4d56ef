"""A second process that does half of the work: a copy of this one, asked through pipes."""

from __future__ import annotations

import os
import pickle
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, NoReturn

Work = Callable[[Any], Iterable[Any]]
_GOOD, _LAST, _FAILED = range(3)


class HelperFailed(RuntimeError):
    """The second process broke off; its own words are the message."""


class Forked:
    """Calls ``work`` in a copy of this process, request by request. The copy sees everything as it
    was when it was made; requests are pickled, and answers piece by piece: what pickling remembers
    of a piece is forgotten with it. It ends with :meth:`close`, and with
    this process. ``work`` only computes: of what this process has open, connections of the
    database among it, the copy keeps nothing. To be made where no other thread runs."""

    def __init__(self, work: Work) -> None:
        theirs, ours = os.pipe()
        mine, answers = os.pipe()
        with warnings.catch_warnings():
            # Python cannot tell numpy's sleeping threads, which outlive no fork, from ours.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            _close_all_but(theirs, answers)
            _serve(work, os.fdopen(theirs, "rb"), os.fdopen(answers, "wb"))
        os.close(theirs)
        os.close(answers)
        self._requests, self._answers = os.fdopen(ours, "wb"), os.fdopen(mine, "rb")

    def begin(self, request: Any) -> None:
        pickle.dump(request, self._requests, pickle.HIGHEST_PROTOCOL)
        self._requests.flush()

    def end(self) -> Iterator[Any]:
        """The answer to the last request, all of which is to be taken; HelperFailed where there is
        none."""
        while True:
            try:
                state, piece = pickle.load(self._answers)  # noqa: S301 - of our own copy
            except EOFError:
                raise HelperFailed("the second process was ended") from None
            if state == _FAILED:
                raise HelperFailed(piece)
            if state == _LAST:
                return
            yield piece

    def close(self) -> None:
        for pipe in (self._requests, self._answers):
            try:
                pipe.close()
            except BrokenPipeError:  # it ended before we asked
                continue
        os.waitpid(self._pid, 0)


def helper() -> Callable[[Work], Forked] | None:
    """How a second process is made; None where it would not help, on one processor, or could wait
    for ever for what another thread of this one held when the copy was made."""
    can = hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1
    return Forked if can else None


def _close_all_but(*kept: int) -> None:
    """A connection left open in the copy would keep its locks when this process is killed."""
    start = 3  # after the standard streams
    for number in sorted(kept):
        os.closerange(start, number)
        start = number + 1
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))


def _serve(work: Work, requests: IO[bytes], answers: IO[bytes]) -> NoReturn:
    """Until nobody asks any more. Nothing of this process is tidied up: it is the other's."""
    try:
        while True:
            request = pickle.load(requests)  # noqa: S301 - of the process we are a copy of
            last: tuple[int, Any] = _LAST, None
            try:
                for piece in work(request):
                    pickle.dump((_GOOD, piece), answers, pickle.HIGHEST_PROTOCOL)
            except Exception:  # noqa: BLE001 - whatever it is, the other process says it
                last = _FAILED, traceback.format_exc()
            pickle.dump(last, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        os._exit(0)
    finally:
        os._exit(1)

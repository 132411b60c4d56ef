"""A short queue before the pages: so many requests run, so many wait, who comes on top comes again.

Python runs one thread at a time; more requests at once only make all of them slow, and each holds
memory and a connection. So a process works on a few, lets a few more wait for a moment, and tells
the rest at once when to ask again (503 with Retry-After, RFC 9110 sections 15.6.4 and 10.2.3)
instead of letting everybody wait half a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

AT_ONCE = 4
WAITING = 60
WAIT_SECONDS = 3.0
RETRY_SECONDS = 1
# One thread for each request that runs or waits, and some to turn the others away.
THREADS = AT_ONCE + WAITING + 8
PROBES = frozenset({"/healthz", "/readyz"})


class Gate:
    """Middleware: at most :data:`AT_ONCE` requests run and :data:`WAITING` wait, per process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._running = BoundedSemaphore(AT_ONCE)
        self._queue = BoundedSemaphore(WAITING)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            return self.get_response(request)
        if not self._enter():
            return _busy(request)
        try:
            return self.get_response(request)
        finally:
            self._running.release()

    def _enter(self) -> bool:
        if self._running.acquire(blocking=False):
            return True
        if not self._queue.acquire(blocking=False):
            return False
        try:
            return self._running.acquire(timeout=WAIT_SECONDS)
        finally:
            self._queue.release()


def _busy(request: HttpRequest) -> HttpResponse:
    """A few words: nothing was read or done, so the same request may simply be sent again."""
    with override(get_language_from_request(request)):
        text = _("Acquit is very busy at this moment. Nothing was done; try again in a second.")
    answer = HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    answer["Content-Length"] = str(len(answer.content))
    answer["Retry-After"] = str(RETRY_SECONDS)
    add_never_cache_headers(answer)
    return answer

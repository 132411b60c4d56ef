"""The queue before the pages: who does not fit is told when to come again, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from acquit.entrypoints import gate
from acquit.entrypoints.api.edge import ApiEdge
from acquit.entrypoints.gate import AT_ONCE, WAITING, Gate

PATIENCE = 30  # seconds until a test that hangs is called failed


class Slow:
    """A page that lasts until it is let go; ``begun`` counts the requests that reached it."""

    def __init__(self) -> None:
        self.begun, self.end = Semaphore(0), Event()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.begun.release()
        assert self.end.wait(PATIENCE)
        return HttpResponse("done")


def _get(entry: Callable[[HttpRequest], HttpResponse], path: str = "/invoices") -> HttpResponse:
    return entry(RequestFactory().get(path, headers={"accept-language": "de"}))


def _full(entry: Gate, slow: Slow, pool: ThreadPoolExecutor) -> list[Future[HttpResponse]]:
    """As many requests as run and wait; returns when the next one must be turned away."""
    sent = [pool.submit(_get, entry) for _ in range(AT_ONCE + WAITING)]
    for _ in range(AT_ONCE):
        assert slow.begun.acquire(timeout=PATIENCE)
    while entry._queue._value:  # type: ignore[attr-defined]  # the waiting arrive one by one
        assert not any(one.done() for one in sent)
    return sent


def test_who_does_not_fit_is_told_when_to_come_again() -> None:
    slow = Slow()
    entry = Gate(slow)
    with ThreadPoolExecutor(AT_ONCE + WAITING) as pool:
        sent = _full(entry, slow, pool)
        refused = _get(entry)
        slow.end.set()
        answers = [one.result(PATIENCE) for one in sent]
    assert refused.status_code == 503
    assert refused["Retry-After"] == "1"
    assert "no-store" in refused["Cache-Control"]
    assert "ausgelastet" in refused.content.decode()
    assert [answer.status_code for answer in answers] == [200] * (AT_ONCE + WAITING)
    assert _get(entry).status_code == 200


def test_nobody_waits_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "WAIT_SECONDS", 0.01)
    slow = Slow()
    entry = Gate(slow)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(_get, entry) for _ in range(AT_ONCE)]
        for _ in range(AT_ONCE):
            assert slow.begun.acquire(timeout=PATIENCE)
        assert _get(entry).status_code == 503
        slow.end.set()
        assert {one.result(PATIENCE).status_code for one in sent} == {200}


def test_a_page_that_breaks_gives_its_place_back() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("broken")

    entry = Gate(broken)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(RuntimeError, match="broken"):
            _get(entry)


def test_probes_are_answered_when_all_places_are_taken() -> None:
    slow = Slow()
    entry = Gate(slow)
    with ThreadPoolExecutor(AT_ONCE + WAITING + 1) as pool:
        sent = _full(entry, slow, pool)
        probe = pool.submit(_get, entry, "/readyz")
        assert slow.begun.acquire(timeout=PATIENCE)
        slow.end.set()
        assert probe.result(PATIENCE).status_code == 200
        assert {one.result(PATIENCE).status_code for one in sent} == {200}


def test_programs_get_a_problem_document() -> None:
    slow = Slow()
    entry = Gate(slow)
    with ThreadPoolExecutor(AT_ONCE + WAITING) as pool:
        sent = _full(entry, slow, pool)
        answer = _get(ApiEdge(entry), "/api/v1/invoices")
        slow.end.set()
        for one in sent:
            one.result(PATIENCE)
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "1"

"""A second process looks at half of the lines: the answers are those of one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from acquit.database.forked import Forked, HelperFailed
from acquit.stages.matching.rules.confidence import shipped
from acquit.stages.matching.rules.engine import MANY, answer
from benchmarks.cash.generate import make
from benchmarks.cash.inputs import inputs
from benchmarks.cash.profiles import profile


def test_two_processes_answer_as_one() -> None:
    case = inputs(make(lines=MANY, seed="forked", profile=profile("harsh")))
    asked: list[Any] = []

    class Counted(Forked):
        def begin(self, request: Any) -> None:
            asked.append(request)
            super().begin(request)

    together = answer(**case, confidence=shipped(), helper=Counted)
    assert together == answer(**case, confidence=shipped())
    assert len(asked) == 4  # three looks and the words
    assert len(asked[-1]) == MANY // 2
    assert [bool(taken) for taken, _done in asked[:3]] == [False, True, True]


def test_what_breaks_off_is_said() -> None:
    helper = Forked(lambda request: (number // request for number in (4, 2)))
    try:
        helper.begin(1)
        assert list(helper.end()) == [4, 2]
        helper.begin(0)
        with pytest.raises(HelperFailed, match="ZeroDivisionError"):
            list(helper.end())
        helper.begin(-1)
        assert list(helper.end()) == [-4, -2]
    finally:
        helper.close()


def test_of_what_we_have_open_the_copy_keeps_nothing() -> None:
    """Else it would hold a connection, with the locks of its transaction, after our end."""

    def is_open(number: int) -> list[bool]:
        try:
            os.fstat(number)
        except OSError:
            return [False]
        return [True]

    with Path(__file__).open() as ours:
        helper = Forked(is_open)
        try:
            helper.begin(ours.fileno())
            assert list(helper.end()) == [False]
        finally:
            helper.close()
        assert ours.readline().startswith('"""')

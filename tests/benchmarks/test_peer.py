"""What a peer cleared is scored as ours is: by number, with exactly what each item was credited."""

from __future__ import annotations

import pytest

from benchmarks.cash.generate import make
from benchmarks.cash.profiles import profile
from benchmarks.cash.world import Case
from benchmarks.peers.odoo import scored


@pytest.fixture(scope="module")
def case() -> Case:
    return make(lines=60, seed="train-1", profile=profile("default"))


def _true(case: Case) -> dict[str, dict[str, int]]:
    numbers = {item.id: item.number for item in case.items}
    return {
        truth.line: {numbers[item]: paid for item, paid in truth.items.items()}
        for truth in case.truth
        if truth.items
    }


def test_the_truth_itself_is_right(case: Case) -> None:
    true = _true(case)
    found = scored(case, true)
    assert (found["posted"], found["precision"], found["recall"]) == (len(true), 1.0, 1.0)


def test_a_cent_less_is_wrong_and_nothing_is_nothing(case: Case) -> None:
    true = _true(case)
    line, items = next(iter(true.items()))
    found = scored(case, {line: {number: paid - 1 for number, paid in items.items()}})
    assert (found["posted"], found["precision"], found["recall"]) == (1, 0.0, 0.0)
    assert scored(case, {})["posted"] == 0

"""Sets and runs that come to an amount: all of them, as trying every set finds them."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.stages.matching.rules.subsets import FREE_MAX, SMALL_MAX, Sums, runs, sets

AMOUNTS = st.lists(st.integers(1, 30), max_size=9)


@given(AMOUNTS, st.integers(1, 120), st.integers(1, 3))
def test_every_set_is_found(amounts: list[int], target: int, least: int) -> None:
    expected = {
        chosen
        for size in range(least, len(amounts) + 1)
        for chosen in itertools.combinations(range(len(amounts)), size)
        if sum(amounts[index] for index in chosen) == target
    }
    found = sets(amounts, target, least=least, most=10_000)
    assert set(found) == expected
    assert len(found) == len(expected)
    assert len(sets(amounts, target, least=least, most=2)) == min(2, len(expected))


@given(AMOUNTS, st.integers(1, 120))
def test_every_run_is_found(amounts: list[int], target: int) -> None:
    expected = {
        (start, end)
        for start in range(len(amounts))
        for end in range(start + 2, len(amounts) + 1)
        if sum(amounts[start:end]) == target
    }
    found = runs(amounts, target, most=10_000)
    assert {(run.start, run.stop) for run in found} == expected


def test_where_a_sum_proves_nothing_nothing_is_said() -> None:
    assert sets([1] * (FREE_MAX + 1), 2) == []
    assert sets([2**61, 2**61], 2**62) == []


@pytest.mark.parametrize("size", [1, 5, SMALL_MAX, SMALL_MAX + 1, 16])
def test_all_sets_are_counted(size: int) -> None:
    dice = Random(size)
    amounts = [dice.randrange(1, 9) for _ in range(size)]
    target = sum(amounts) // 2
    every = (few for most in range(size + 1) for few in itertools.combinations(amounts, most))
    assert Sums(amounts).count(target) == sum(sum(few) == target for few in every)
    assert Sums(amounts).count(sum(amounts) + 1) == 0
    assert Sums([1] * (FREE_MAX + 1)).count(1) is None

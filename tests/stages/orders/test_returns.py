"""Which delivered lines a return takes back, as a table and as a property."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.stages.orders.rules.returns import Moment, Original, Wish, link

ANA, BOB = UUID(int=1), UUID(int=2)
DAY = date(2026, 3, 2)


def _original(
    name: int,
    quantity: int,
    *,
    place: int = 0,
    on: date = DAY,
    price: str = "1",
    tax: str = "S",
    customer: UUID = ANA,
    code: str = "A",
) -> Original:
    at = Moment(on, place)
    return Original(
        UUID(int=name), customer, code, "EUR", at, 1, Decimal(price), tax, Decimal(quantity)
    )


def _wish(
    quantity: int, *, place: int = 9, price: str = "1", named: int | None = None, on: date = DAY
) -> Wish:
    line = None if named is None else UUID(int=named)
    return Wish(ANA, "A", "EUR", Moment(on, place), Decimal(quantity), Decimal(price), line)


@pytest.mark.parametrize(
    ("originals", "wishes", "expected"),
    [
        ([], [_wish(1)], [[]]),
        ([_original(1, 5), _original(2, 5, place=1)], [_wish(5)], [[(2, 5)]]),  # newest first
        ([_original(1, 5), _original(2, 3, place=1)], [_wish(5)], [[(1, 5)]]),  # whole before part
        ([_original(1, 5), _original(2, 3, place=1)], [_wish(7)], [[(2, 3), (1, 4)]]),
        ([_original(1, 5)], [_wish(6)], [[]]),  # not in full: not at all
        ([_original(1, 5, place=9)], [_wish(1)], [[]]),  # at the same place is not before
        ([_original(1, 5, place=10)], [_wish(1)], [[]]),
        ([_original(1, 5, on=date(2026, 3, 1), place=10)], [_wish(1)], [[(1, 1)]]),
        (
            [_original(1, 5, price="2"), _original(2, 5, place=1)],
            [_wish(1, price="2")],
            [[(1, 1)]],  # of those that cover it, the one of the same price
        ),
        ([_original(1, 5)], [_wish(3), _wish(2), _wish(1)], [[(1, 3)], [(1, 2)], []]),
        ([_original(1, 5)], [_wish(5, place=8), _wish(5, place=3)], [[], [(1, 5)]]),  # in time
        ([_original(1, 5), _original(2, 5, place=1)], [_wish(1, named=1)], [[(1, 1)]]),
        ([_original(1, 5), _original(2, 5, place=1)], [_wish(6, named=1)], [[]]),
        ([_original(1, 3), _original(2, 3, place=1, tax="R")], [_wish(5)], [[]]),  # one tax code
        ([_original(1, 5, customer=BOB), _original(2, 5, code="B")], [_wish(1)], [[]]),
    ],
)
def test_links(
    originals: list[Original], wishes: list[Wish], expected: list[list[tuple[int, int]]]
) -> None:
    stock = [_copy(original) for original in originals]
    answer = link(wishes, stock)
    assert [[(p.original.id.int, int(p.quantity)) for p in parts] for parts in answer] == expected


def _copy(original: Original) -> Original:
    names = Original.__slots__
    return Original(**{name: getattr(original, name) for name in names})


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 20)), max_size=8),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 20)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_nothing_comes_back_twice_and_order_of_input_does_not_matter(
    sold: list[tuple[int, int]], wanted: list[tuple[int, int]], random: object
) -> None:
    originals = [_original(i, q, place=p * 2) for i, (q, p) in enumerate(sold)]
    wishes = [_wish(q, place=p * 2 + 1) for q, p in wanted]
    stock = [_copy(original) for original in originals]
    answer = link(wishes, stock)
    for wish, parts in zip(wishes, answer, strict=True):
        assert not parts or sum(p.quantity for p in parts) == wish.quantity
        assert all(p.original.at.before(wish.at) for p in parts)
    taken: dict[UUID, Decimal] = {}
    for parts in answer:
        for part in parts:
            taken[part.original.id] = taken.get(part.original.id, Decimal(0)) + part.quantity
    assert all(o.remaining >= 0 for o in stock)
    assert all(
        taken.get(o.id, 0) == b.remaining - o.remaining
        for o, b in zip(stock, originals, strict=True)
    )
    shuffled = [_copy(original) for original in reversed(originals)]
    again = link(wishes, shuffled)
    assert [sum(p.quantity for p in parts) for parts in again] == [
        sum(p.quantity for p in parts) for parts in answer
    ]

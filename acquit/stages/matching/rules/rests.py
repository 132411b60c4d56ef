"""What money leaves over when it is applied, of documents and of itself: for a rule to close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

SMALL = "small_difference"  # the reason that a rest has by itself
INSTALMENT = "instalment"  # of it the rest is still to come


class Taken(NamedTuple):
    """So much of an item is taken by a decision."""

    decision: UUID
    item_id: UUID
    minor: int


def rests(taken: Iterable[Taken], *, open_minor: Mapping[UUID, int]) -> list[Taken]:
    """What each decision leaves of the items in ``open_minor``, in their order. Of what several
    decide about nothing: one of them may fail, and its part is no rest.

    >>> one, other, item = UUID(int=1), UUID(int=2), UUID(int=3)
    >>> [rest.minor for rest in rests([Taken(one, item, 9_997)], open_minor={item: 10_000})]
    [3]
    >>> rests([Taken(one, item, 5_000), Taken(other, item, 4_997)], open_minor={item: 10_000})
    []
    """
    left = dict(open_minor)
    owner: dict[UUID, UUID | None] = {}
    for decision, item_id, minor in taken:
        if item_id in left:
            left[item_id] -= minor
            if owner.setdefault(item_id, decision) != decision:
                owner[item_id] = None
    return [
        Taken(decision, item_id, left[item_id])
        for item_id, decision in owner.items()
        if decision is not None and left[item_id] > 0
    ]

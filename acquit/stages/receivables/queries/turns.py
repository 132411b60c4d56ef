"""The place of money that waits for a person: the more and the older, the earlier, each week that
it waits counting as much as twice the money. Two of them never change places by waiting, so the
place needs no clock, and an index has it."""

from __future__ import annotations

from datetime import date
from math import log

_BEGINNING = date(2000, 1, 1)
TURN_SQL = (
    "((effective_on - DATE '2000-01-01')::bigint * 1000000 / 7"
    " - (ln(greatest(open_functional_minor, 1)::double precision)"
    " / ln(2::double precision) * 1000000)::bigint)"
)


def turn_of(*, effective_on: date, open_functional_minor: int) -> int:
    """The same for one item, in millionths of a week; the lower comes first.

    >>> monday, sunday = date(2026, 3, 2), date(2026, 3, 8)
    >>> one = turn_of(effective_on=monday, open_functional_minor=100_00)
    >>> one < turn_of(effective_on=sunday, open_functional_minor=150_00)
    True
    >>> one > turn_of(effective_on=sunday, open_functional_minor=200_00)
    True
    """
    # PostgreSQL divides towards zero.
    weeks = int((effective_on - _BEGINNING).days * 1_000_000 / 7)
    return weeks - round(log(max(open_functional_minor, 1)) / log(2) * 1_000_000)

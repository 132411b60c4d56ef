"""Which delivered lines a return takes back.

A return names a customer, an article and a quantity, seldom the delivery. The newest delivery of
the article to the customer before the return is taken first: what was bought last is what comes
back. One delivery that covers the whole quantity is preferred, and among those one of the same
price; otherwise the quantity is spread over several, newest first. What is not covered in full is
not linked at all: it is credited without an original, and counted as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened: the day, and the place among the events of that day."""

    on: date
    place: int

    def before(self, other: Moment) -> bool:
        return (self.on, self.place) < (other.on, other.place)


@dataclass(slots=True)
class Original:
    """A delivered line and how much of it has not come back; ``remaining`` shrinks as it does."""

    id: UUID
    customer_id: UUID
    item_code: str
    currency: str
    at: Moment
    line_no: int
    unit_price: Decimal
    tax_code: str
    remaining: Decimal


@dataclass(frozen=True, slots=True)
class Wish:
    """A quantity (positive) that comes back; ``delivery_line_id`` where the original is named."""

    customer_id: UUID
    item_code: str
    currency: str
    at: Moment
    quantity: Decimal
    unit_price: Decimal | None = None
    delivery_line_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A quantity (positive) taken back from one delivered line."""

    original: Original
    quantity: Decimal


def link(wishes: Sequence[Wish], originals: Iterable[Original]) -> list[tuple[Part, ...]]:
    """The parts of each wish, in the order of the wishes; none where it cannot be covered.

    Wishes are served in the order of their moments, so the answer does not depend on the order
    in which they are given.
    """
    stock: dict[tuple[UUID, str, str], list[Original]] = defaultdict(list)
    for original in originals:
        stock[original.customer_id, original.item_code, original.currency].append(original)
    for lines in stock.values():
        lines.sort(key=lambda o: (o.at.on, o.at.place, -o.line_no), reverse=True)
    answers: list[tuple[Part, ...]] = [()] * len(wishes)
    in_time = sorted(range(len(wishes)), key=lambda i: (wishes[i].at.on, wishes[i].at.place, i))
    for index in in_time:
        wish = wishes[index]
        lines = stock[wish.customer_id, wish.item_code, wish.currency]
        answers[index] = _parts(wish, [line for line in lines if line.at.before(wish.at)])
        for part in answers[index]:
            part.original.remaining -= part.quantity
    return answers


def _parts(wish: Wish, earlier: Sequence[Original]) -> tuple[Part, ...]:
    """``earlier`` is newest first."""
    open_lines = [line for line in earlier if line.remaining > 0]
    if wish.delivery_line_id is not None:
        open_lines = [line for line in open_lines if line.id == wish.delivery_line_id]
    whole = [line for line in open_lines if line.remaining >= wish.quantity]
    same_price = [line for line in whole if line.unit_price == wish.unit_price]
    if whole:
        return (Part((same_price or whole)[0], wish.quantity),)
    return _spread(wish.quantity, open_lines)


def _spread(quantity: Decimal, lines: Sequence[Original]) -> tuple[Part, ...]:
    """Newest first, of one tax code: a credited line has one."""
    parts: list[Part] = []
    for line in lines:
        if quantity and line.tax_code == lines[0].tax_code:
            taken = min(line.remaining, quantity)
            parts.append(Part(line, taken))
            quantity -= taken
    return () if quantity else tuple(parts)

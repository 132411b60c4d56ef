"""Open and lately paid items, ready to be looked up by number, amount and customer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from acquit.core.text import normalize_reference
from acquit.stages.matching.rules.inputs import Advice, Id, OpenItem, PaidItem

DIGITS_MIN = 6  # digits of a number that stand for the whole number
SERIAL_MIN = 4  # digits of its last group that may
ORDER_MIN = 6
_LAST_DIGITS = re.compile(r"(\d+)\D*$")
_NOT_DIGIT = re.compile(r"\D+")


class Books:
    """Look-ups over all items of a run, which come in the order of their issue.

    Positions in ``items`` stand for the items: a lower one is older. ``left`` is what is open of
    each after the lines that were answered already.
    """

    def __init__(
        self, items: Sequence[OpenItem], paid: Sequence[PaidItem], advices: Sequence[Advice] = ()
    ) -> None:
        self.items = list(items)
        self.left = [item.open for item in self.items]
        self.paid = list(paid)
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self.digits: dict[str, list[int]] = defaultdict(list)
        self.serials: dict[str, list[int]] = defaultdict(list)
        self.orders: dict[str, list[int]] = defaultdict(list)
        self.by_amount: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.by_discounted: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.by_customer: dict[Id, dict[str, list[int]]] = defaultdict(dict)  # open, by currency
        self.serial: list[str] = []
        self.digits_of_item: list[str] = []
        for at, item in enumerate(self.items):
            self._add(at, item)
        self.paid_numbers: dict[str, list[int]] = defaultdict(list)
        self.paid_amounts: dict[tuple[Id, str, int], list[int]] = defaultdict(list)
        for at, one in enumerate(self.paid):
            self._add_paid(at, one)
        self.advices = {normalize_reference(a.reference): a for a in advices if a.line is None}
        self.advice_of = {advice.line: advice for advice in advices if advice.line is not None}
        # Everything that a text may name, in one place: most of what it says names nothing.
        self.keys = {
            *self.numbers,
            *self.digits,
            *self.serials,
            *self.orders,
            *self.paid_numbers,
            *self.advices,
        }

    def _add(self, at: int, item: OpenItem) -> None:
        normal = normalize_reference(item.number)
        digits, serial = digits_of(item.number)
        self.serial.append(serial)
        self.digits_of_item.append(digits)
        self.numbers[normal].append(at)
        if len(digits) >= DIGITS_MIN and digits != normal:
            self.digits[digits].append(at)
        if len(serial) >= SERIAL_MIN and serial not in (digits, normal):
            self.serials[serial].append(at)
        for reference in item.references:
            order = normalize_reference(reference)
            if len(order) >= ORDER_MIN:
                self.orders[order].append(at)
        self.by_amount[item.currency, item.open].append(at)
        if item.discount_bp and item.discount_until:
            self.by_discounted[item.currency, item.open - discount_of(item)].append(at)
        self.by_customer[item.customer].setdefault(item.currency, []).append(at)

    def take(self, at: int, part: int) -> None:
        """So much of the item is settled; what is left of it is found under its new amount."""
        item = self.items[at]
        self.left[at] -= part
        if self.left[at]:
            self.by_amount[item.currency, self.left[at]].append(at)
        else:
            self.by_customer[item.customer][item.currency].remove(at)

    def with_amount(self, currency: str, amount: int) -> list[int]:
        """Items of which exactly so much is left."""
        return [at for at in self.by_amount.get((currency, amount), ()) if self.left[at] == amount]

    def _add_paid(self, at: int, one: PaidItem) -> None:
        normal = normalize_reference(one.number)
        self.paid_numbers[normal].append(at)
        digits, serial = digits_of(one.number)
        for key in {digits, serial, serial.zfill(6)} - {normal}:
            if len(key) >= SERIAL_MIN:
                self.paid_numbers[key].append(at)
        self.paid_amounts[one.customer, one.currency, one.paid].append(at)


def digits_of(number: str) -> tuple[str, str]:
    """All digits of a number, and its last group without the zeros in front."""
    last = _LAST_DIGITS.search(number)
    return _NOT_DIGIT.sub("", number), last.group(1).lstrip("0") if last else ""


def discount_of(item: OpenItem) -> int:
    """The early-payment discount of the item, rounded down, in minor units."""
    return item.open * item.discount_bp // 10_000

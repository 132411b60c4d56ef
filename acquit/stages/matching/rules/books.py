"""Open and lately paid items, ready to be looked up by number, amount and customer."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

from acquit.core.text import normalize_reference
from acquit.stages.matching.rules.asked import Asked
from acquit.stages.matching.rules.inputs import REFERENCES_PART, Advice, Id, OpenItem, PaidItem
from acquit.stages.matching.rules.subsets import FREE_MAX, Sums

DIGITS_MIN = 6  # digits of a number that stand for the whole number
SERIAL_MIN = 4  # digits of its last group that may
ORDER_MIN = 6
OWN_MAX = 400  # claims of a payer that are looked at
CREDITS_MAX = 5  # credit notes of his that may have been netted
_KEPT_MAX = 200  # payers whose claims are kept ready
_LAST_DIGITS = re.compile(r"(\d+)\D*$")
_NOT_DIGIT = re.compile(r"\D+")
_OTHERS = bytes(code for code in range(128) if not chr(code).isdigit())
_OTHER_SIGNS = _OTHERS.decode()

K = TypeVar("K")
_Index: TypeAlias = dict[K, Sequence[int]]


class Claims:
    """What some customers have open in one currency as it stands, oldest first, and what is
    worked out of it: receipts of one payer are looked at one after the other."""

    def __init__(self, members: Sequence[int], left: Sequence[int]) -> None:
        self.members = members
        self._left = left

    @cached_property
    def positive(self) -> list[int]:
        """The claims among them without credit notes, ``OWN_MAX`` at most."""
        left = self._left
        return [at for at in self.members if left[at] > 0][:OWN_MAX]

    @cached_property
    def credits(self) -> list[int]:
        """The credit notes among them, ``CREDITS_MAX`` at most."""
        return [at for at in self.members if self._left[at] < 0][:CREDITS_MAX]

    @cached_property
    def sums(self) -> Sums:
        """Of :attr:`positive`."""
        left = self._left
        return Sums([left[at] for at in self.positive])

    @cached_property
    def oldest(self) -> Sums:
        """Of the first of them, of which any set is looked for."""
        return Sums(self.sums.amounts[:FREE_MAX])


class _Own:
    """All items of a customer in one currency."""

    __slots__ = ("_amounts", "every", "late", "open")

    def __init__(self) -> None:
        self.every: list[int] = []
        self.open = self.every  # those with something left; a list of its own once one has not
        self.late: list[tuple[int, int]] = []  # amounts that were left of items in between
        self._amounts: _Index[int] | None = None

    def ever(self, amount: int, items: Sequence[OpenItem]) -> Sequence[int]:
        """Those of which this amount was open, when the lines came or later."""
        if self._amounts is None:
            self._amounts = {}
            for was, at in itertools.chain(((items[at].open, at) for at in self.every), self.late):
                _put(self._amounts, was, (at,))
        return self._amounts.get(amount, ())

    def take(self, at: int, left: int) -> None:
        if left:
            self.late.append((left, at))
            if self._amounts is not None:
                _put(self._amounts, left, (at,))
            return
        if self.open is self.every:
            self.open = list(self.every)
        del self.open[bisect_left(self.open, at)]


class Books:
    """Look-ups over all items of a run, which come in the order of their issue.

    Positions in ``items`` stand for the items: a lower one is older. ``left`` is what is open of
    each after the lines that were answered already. Numbers and amounts are found that are
    ``asked``, and of what was ``paid`` only what has such a one is kept.
    """

    def __init__(
        self,
        items: Sequence[OpenItem],
        paid: Iterable[PaidItem],
        advices: Sequence[Advice],
        asked: Asked,
    ) -> None:
        self.items = list(items)
        self.left = [item.open for item in self.items]
        self.paid: list[PaidItem] = []
        self.numbers: _Index[str] = {}
        self.digits: _Index[str] = {}
        self.serials: _Index[str] = {}
        self.orders: _Index[str] = {}
        self.by_amount: dict[tuple[str, int], list[int]] = {one: [] for one in asked.amounts}
        self.by_discounted: _Index[tuple[str, int]] = {}
        self.by_customer: dict[Id, dict[str, _Own]] = defaultdict(dict)  # by currency
        self.told: set[int] = set()  # places of items that a line named whole and settled
        self.moved: set[object] = set()  # customers and amounts of which something was taken
        self._claims: dict[tuple[str, Id | frozenset[Id]], Claims] = {}
        self.serial: list[str] = []
        self.digits_of_item: list[str] = []
        for at, item in enumerate(self.items):
            self._add(at, item, asked)
        self.paid_numbers: _Index[str] = {}
        self.paid_amounts: _Index[tuple[Id, str, int]] = {}  # customer, currency, minor units
        for one in paid:
            self._add_paid(one, asked)
        self.advices = {normalize_reference(a.reference): a for a in advices if a.line is None}
        self.advice_of = {advice.line: advice for advice in advices if advice.line is not None}
        # Everything that a text may name, in one place: most of what it says names nothing.
        self.keys = set(self.numbers).union(
            self.digits, self.serials, self.orders, self.paid_numbers, self.advices
        )

    def _add(self, at: int, item: OpenItem, asked: Asked) -> None:
        number, here = item.number, (at,)
        normal = normalize_reference(number)
        digits, serial = digits_of(number)
        self.serial.append(serial)
        self.digits_of_item.append(digits)
        if normal in asked:
            _put(self.numbers, normal, here)
        if len(digits) >= DIGITS_MIN and digits != normal and digits in asked:
            _put(self.digits, digits, here)
        if len(serial) >= SERIAL_MIN and serial not in (digits, normal) and serial in asked:
            _put(self.serials, serial, here)
        for reference in item.references.split(REFERENCES_PART):
            order = normalize_reference(reference)
            if len(order) >= ORDER_MIN and order in asked:
                _put(self.orders, order, here)
        amount = item.currency, item.open
        if amount in self.by_amount:
            self.by_amount[amount].append(at)
        if item.discount_bp and item.discount_until:
            for discount in discounts_of(item):
                amount = item.currency, item.open - discount
                if amount in asked.amounts:
                    _put(self.by_discounted, amount, here)
        known = self.by_customer[item.customer]
        if item.currency not in known:
            known[item.currency] = _Own()
        known[item.currency].every.append(at)

    def take(self, at: int, part: int, *, is_told: bool) -> None:
        """So much of the item is settled; what is left of it is found under its new amount.
        ``is_told``: the line named it by its whole number."""
        item = self.items[at]
        before = item.currency, self.left[at]
        left = self.left[at] = self.left[at] - part
        now = item.currency, left
        if before in self.by_amount:
            same = self.by_amount[before]
            del same[bisect_left(same, at)]
        if left and now in self.by_amount:
            insort(self.by_amount[now], at)
        if is_told and not left:
            self.told.add(at)
        self.by_customer[item.customer][item.currency].take(at, left)
        self.moved |= {item.customer, before, now}
        self.moved |= {(item.currency, item.open - one) for one in discounts_of(item)}
        self._claims.clear()

    def ever(self, customer: Id, currency: str, amount: int) -> Sequence[int]:
        """The customer's items of which so much was open, when the lines came or later, without
        those of which a line said whole that it settles them: they can stand for no other."""
        own = self.by_customer.get(customer, {}).get(currency)
        return [at for at in own.ever(amount, self.items) if at not in self.told] if own else ()

    def claims(self, customers: Collection[Id], currency: str) -> Claims:
        """What these customers have open in the currency."""
        key = currency, next(iter(customers)) if len(customers) == 1 else frozenset(customers)
        found = self._claims.get(key)
        if found is None:
            if len(self._claims) >= _KEPT_MAX:
                self._claims.clear()
            found = self._claims[key] = Claims(self._open(customers, currency), self.left)
        return found

    def _open(self, customers: Iterable[Id], currency: str) -> Sequence[int]:
        known = self.by_customer
        groups = [known[one][currency].open for one in customers if currency in known.get(one, ())]
        return groups[0] if len(groups) == 1 else sorted(itertools.chain.from_iterable(groups))

    def _add_paid(self, one: PaidItem, asked: Asked) -> None:
        here = (len(self.paid),)
        normal = normalize_reference(one.number)
        digits, serial = digits_of(one.number)
        several = {key for key in (digits, serial, serial.zfill(6)) if len(key) >= SERIAL_MIN}
        wanted = [key for key in {normal, *several} if key in asked]
        is_amount = (one.currency, one.paid) in asked.amounts
        for key in wanted:
            _put(self.paid_numbers, key, here)
        if is_amount:
            _put(self.paid_amounts, (one.customer, one.currency, one.paid), here)
        if wanted or is_amount:
            self.paid.append(one)


def _put(index: _Index[K], key: K, here: tuple[int]) -> None:
    """Nearly every key stands for one place: all keys of an item share its tuple."""
    known = index.get(key)
    if known is None:
        index[key] = here
    elif isinstance(known, list):
        known += here
    else:
        index[key] = [*known, *here]


def digits_of(number: str) -> tuple[str, str]:
    """All digits of a number, and its last group without the zeros in front."""
    if number.isascii():  # nearly always
        digits = number.encode().translate(None, _OTHERS).decode()
        whole = number.rstrip(_OTHER_SIGNS)
        return digits, whole[len(whole.rstrip("0123456789")) :].lstrip("0")
    last = _LAST_DIGITS.search(number)
    return _NOT_DIGIT.sub("", number), last.group(1).lstrip("0") if last else ""


def discounts_of(item: OpenItem) -> tuple[int, ...]:
    """The early-payment discount of the item in minor units: rounded down, and where that is
    another amount up, since every payer rounds as he likes."""
    down, rest = divmod(item.open * item.discount_bp, 10_000)
    return (down, down + 1) if rest else (down,)


def shared_discount(items: Sequence[OpenItem], missing: int) -> list[int] | None:
    """What is missing as the discounts of these items, one for each; None where it is not."""
    each = [discounts_of(item) for item in items]
    found = [one[0] for one in each]
    for at, one in enumerate(each):
        if sum(found) < missing:
            found[at] = one[-1]
    return found if sum(found) == missing else None

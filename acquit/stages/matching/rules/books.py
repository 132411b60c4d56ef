"""Open and lately paid items, ready to be looked up by number, amount and customer."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

from acquit.core.text import normalize_reference, normalize_references
from acquit.stages.matching.rules.asked import Asked
from acquit.stages.matching.rules.columns import column
from acquit.stages.matching.rules.gaps import TAKEN_RATES, TAX_RATES, is_share
from acquit.stages.matching.rules.inputs import REFERENCES_PART, Advice, Id, OpenItem, PaidItem
from acquit.stages.matching.rules.similar import FEW, TAIL_MIN, Alike
from acquit.stages.matching.rules.subsets import FREE_MAX, Sums

DIGITS_MIN = 6  # digits of a number that stand for the whole number
SERIAL_MIN = 4  # digits of its last group that may
ORDER_MIN = 6
OWN_MAX = 400  # claims of a payer that are looked at
HABITUAL_RATES = tuple(rate for rate in TAX_RATES if rate not in TAKEN_RATES)
CREDITS_MAX = 5  # credit notes of his that may have been netted
_KEPT_MAX = 200  # payers whose claims are kept ready
_READY_MAX = 50_000  # claims that are kept ready by their amount
_LAST_DIGITS = re.compile(r"(\d+)\D*$")
_NOT_DIGIT = re.compile(r"\D+")
_OTHERS = bytes(code for code in range(128) if not chr(code).isdigit())
_OTHER_SIGNS = _OTHERS.decode()
_OTHERS_INSIDE = _OTHERS.replace(b"\n", b"")
_BLANKED = bytes.maketrans(_OTHERS_INSIDE, b" " * len(_OTHERS_INSIDE))
_PADDED = 6  # digits that a short last group is written with
_AT_ONCE = 10_000  # numbers that are cut together

K = TypeVar("K")
_Index: TypeAlias = dict[K, Sequence[int]]


class Claims:
    """What some customers have open in one currency as it stands, oldest first, and what is
    worked out of it: receipts of one payer are looked at one after the other."""

    def __init__(self, members: Sequence[int], left: Sequence[int], forms: Digits) -> None:
        self.members = members
        self._left, self._forms = left, forms
        self._due: dict[int, tuple[tuple[int, ...], int]] = {}

    @cached_property
    def positive(self) -> list[int]:
        """The claims among them without credit notes, ``OWN_MAX`` at most."""
        left = self._left
        return list(itertools.islice((at for at in self.members if left[at] > 0), OWN_MAX))

    @cached_property
    def notes(self) -> list[int]:
        """The credit notes among them."""
        return [at for at in self.members if self._left[at] < 0]

    @cached_property
    def credits(self) -> list[int]:
        """The first of :attr:`notes`, ``CREDITS_MAX`` at most."""
        return self.notes[:CREDITS_MAX]

    @cached_property
    def sums(self) -> Sums:
        """Of :attr:`positive`."""
        left = self._left
        return Sums([left[at] for at in self.positive])

    def due(self, day: int, days: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """What of :attr:`positive` is due by the day, and what it comes to; ``days`` are those on
        which all items are due."""
        if day not in self._due:
            due = tuple([at for at in self.positive if days[at] <= day])
            self._due[day] = due, sum([self._left[at] for at in due])
        return self._due[day]

    @cached_property
    def _ends(self) -> dict[str, list[int]]:
        """The first of :attr:`members`, ``OWN_MAX`` at most, by the last of their digits."""
        found: dict[str, list[int]] = defaultdict(list)
        first = self.members[:OWN_MAX]
        self._forms.fill(first)
        for at in first:
            found[self._forms[at][0][-TAIL_MIN:]].append(at)
        return found

    def ending(self, digits: str) -> list[int]:
        """Those of the first whose number ends in these digits, ``TAIL_MIN`` or more."""
        forms = self._forms
        return [
            at for at in self._ends.get(digits[-TAIL_MIN:], ()) if forms[at][0].endswith(digits)
        ]

    @cached_property
    def oldest(self) -> Sums:
        """Of the first of them, of which any set is looked for."""
        return Sums(self.sums.amounts[:FREE_MAX])


class Same:
    """A customer's claims of one amount. ``ever``: those of which so much was open, when the lines
    came or later, in their order, without those of which a line said whole that it settles them:
    they can stand for no other."""

    def __init__(self, ever: list[int], amount: int, left: Sequence[int], forms: Digits) -> None:
        self.ever, self._amount, self._left, self._forms = ever, amount, left, forms

    @cached_property
    def open(self) -> list[int]:
        """Those of which so much is open now."""
        left, amount = self._left, self._amount
        return [at for at in self.ever if left[at] == amount]

    @cached_property
    def numbers(self) -> Alike:
        """Of :attr:`open`."""
        return _alike(self.open, self._forms)


class Paid:
    """What a customer paid that came to one amount."""

    def __init__(self, places: Sequence[int], paid_on: Sequence[int], forms: Digits) -> None:
        self.places, self._paid_on, self._forms = places, paid_on, forms

    @cached_property
    def latest(self) -> int:
        """The last day on which he did."""
        return max(self._paid_on[at] for at in self.places)

    @cached_property
    def numbers(self) -> Alike:
        return _alike(self.places, self._forms)


class _Own:
    """All items of a customer in one currency."""

    __slots__ = ("_amounts", "every", "late", "open")

    def __init__(self) -> None:
        self.every: list[int] = []
        self.open = self.every  # those with something left; a list of its own once one has not
        self.late: list[tuple[int, int]] = []  # amounts that were left of items in between
        self._amounts: _Index[int] | None = None

    def ever(self, amount: int, opened: Sequence[int]) -> Sequence[int]:
        """Those of which this amount was open, when the lines came or later."""
        if self._amounts is None:
            self._amounts = {}
            for was, at in itertools.chain(((opened[at], at) for at in self.every), self.late):
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

    Positions in ``items`` stand for the items: a lower one is older. What every line asks of them
    stands in columns: ``opened`` is what was open of each, ``left`` what is after the lines that
    were answered already. Numbers and amounts are found that are ``asked``, also of what was
    ``paid``.
    """

    def __init__(
        self,
        items: Sequence[OpenItem],
        paid: Sequence[PaidItem],
        advices: Sequence[Advice],
        asked: Asked,
    ) -> None:
        self.items, self.paid = items, paid
        self.item_id: Sequence[Id] = column(items, "id")
        self.customer: Sequence[Id] = column(items, "customer")
        self.currency: Sequence[str] = column(items, "currency")
        self.number: Sequence[str] = column(items, "number")
        self.opened: Sequence[int] = column(items, "open")
        self.issued: Sequence[int] = column(items, "issued")
        self.due: Sequence[int] = column(items, "due")
        self.left = list(self.opened)
        self.discount_bp: Sequence[int] = column(items, "discount_bp")
        self.discount_until: Sequence[int] = column(items, "discount_until")
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
        self._same: dict[tuple[Id, str, int], Same] = {}
        self._paid_same: dict[tuple[Id, str, int], Paid] = {}
        self._kept_ready = 0  # claims in those two
        self.forms = Digits(self.number)
        references = column(items, "references")
        for start in range(0, len(items), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._add_numbers(start, self.number[part], asked)
            self._add_orders(start, references[part], asked)
        self._add_amounts(asked)
        self.paid_number: Sequence[str] = column(paid, "number")
        self.paid_forms = Digits(self.paid_number)
        self.paid_on: Sequence[int] = column(paid, "paid_on")
        self.paid_numbers: _Index[str] = {}
        self.paid_amounts: _Index[tuple[Id, str, int]] = {}  # customer, currency, minor units
        self._add_paid(paid, asked)
        self.advices = {normalize_reference(a.reference): a for a in advices if a.line is None}
        self.advice_of = {advice.line: advice for advice in advices if advice.line is not None}
        # Everything that a text may name, in one place: most of what it says names nothing.
        self.keys = set(self.numbers).union(
            self.digits, self.serials, self.orders, self.paid_numbers, self.advices
        )

    def _add_numbers(self, start: int, numbers: Sequence[str], asked: Asked) -> None:
        """The numbers of items, of which the first is at ``start``."""
        normal, digits, serials = _forms(numbers)
        for at in asked.places(normal):
            _put(self.numbers, normal[at], (start + at,))
        for at in asked.places(digits):
            if len(digits[at]) >= DIGITS_MIN and digits[at] != normal[at]:
                _put(self.digits, digits[at], (start + at,))
        for at in asked.places(serials):
            serial = serials[at]
            if len(serial) >= SERIAL_MIN and serial not in (digits[at], normal[at]):
                _put(self.serials, serial, (start + at,))

    def _add_orders(self, start: int, references: Iterable[str], asked: Asked) -> None:
        written = [text.split(REFERENCES_PART) for text in references]
        ends = list(itertools.accumulate(map(len, written)))
        orders = normalize_references(list(itertools.chain.from_iterable(written)))
        for place in asked.places(orders):
            if len(orders[place]) >= ORDER_MIN:
                _put(self.orders, orders[place], (start + bisect_right(ends, place),))

    def _add_amounts(self, asked: Asked) -> None:
        by_amount, by_customer, opened = self.by_amount, self.by_customer, self.opened
        for at, amount in enumerate(zip(self.currency, opened, strict=True)):
            same = by_amount.get(amount)
            if same is not None:
                same.append(at)
        for at, (customer, currency) in enumerate(zip(self.customer, self.currency, strict=True)):
            known = by_customer[customer]
            if currency not in known:
                known[currency] = _Own()
            known[currency].every.append(at)
        for at, basis_points in enumerate(self.discount_bp):
            if basis_points and self.discount_until[at]:
                for discount in discounts_of(opened[at], basis_points):
                    amount = self.currency[at], opened[at] - discount
                    if amount in asked.amounts:
                        _put(self.by_discounted, amount, (at,))

    def take(self, at: int, part: int, *, is_told: bool) -> None:
        """So much of the item is settled; what is left of it is found under its new amount.
        ``is_told``: the line named it by its whole number."""
        customer, currency, opened = self.customer[at], self.currency[at], self.opened[at]
        before = currency, self.left[at]
        left = self.left[at] = self.left[at] - part
        now = currency, left
        if before in self.by_amount:
            same = self.by_amount[before]
            del same[bisect_left(same, at)]
        if left and now in self.by_amount:
            insort(self.by_amount[now], at)
        if is_told and not left:
            self.told.add(at)
        self.by_customer[customer][currency].take(at, left)
        self.moved.update((customer, before, now))
        offered = discounts_of(opened, self.discount_bp[at])
        self.moved.update([(currency, opened - one) for one in offered])
        self._claims.clear()
        self._same.clear()

    def same(self, customer: Id, currency: str, amount: int) -> Same:
        """The customer's claims of one amount as they stand."""
        key = customer, currency, amount
        found = self._same.get(key)
        if found is None:
            own = self.by_customer.get(customer, {}).get(currency)
            every = own.ever(amount, self.opened) if own else ()
            ever = sorted({at for at in every if at not in self.told})
            self._make_room(len(ever))
            found = self._same[key] = Same(ever, amount, self.left, self.forms)
        return found

    def paid_same(self, customer: Id, currency: str, amount: int) -> Paid:
        """What the customer paid before that came to so much."""
        key = customer, currency, amount
        found = self._paid_same.get(key)
        if found is None:
            places = self.paid_amounts.get(key, ())
            self._make_room(len(places))
            found = self._paid_same[key] = Paid(places, self.paid_on, self.paid_forms)
        return found

    def _make_room(self, claims: int) -> None:
        """Before so many claims are kept ready by their amount."""
        self._kept_ready += claims
        if self._kept_ready > _READY_MAX:
            self._same.clear()
            self._paid_same.clear()
            self._kept_ready = claims

    def claims(self, customers: Collection[Id], currency: str) -> Claims:
        """What these customers have open in the currency."""
        key = currency, next(iter(customers)) if len(customers) == 1 else frozenset(customers)
        found = self._claims.get(key)
        if found is None:
            if len(self._claims) >= _KEPT_MAX:
                self._claims.clear()
            found = self._claims[key] = Claims(
                self._open(customers, currency), self.left, self.forms
            )
        return found

    def _open(self, customers: Iterable[Id], currency: str) -> Sequence[int]:
        known = self.by_customer
        groups = [known[one][currency].open for one in customers if currency in known.get(one, ())]
        return groups[0] if len(groups) == 1 else sorted(itertools.chain.from_iterable(groups))

    @cached_property
    def withheld(self) -> dict[Id, set[int]]:
        """The rates at which customers paid less more than once, as tax that they withhold; not
        those at which discounts are taken."""
        times: Counter[tuple[Id, int]] = Counter()
        columns = (column(self.paid, name) for name in ("customer", "amount", "paid"))
        for customer, claim, paid in zip(*columns, strict=True):
            if 0 < paid < claim:
                kept = claim - paid
                times.update(
                    [(customer, rate) for rate in HABITUAL_RATES if is_share(kept, claim, rate)]
                )
        found: dict[Id, set[int]] = defaultdict(set)
        for (customer, rate), count in times.items():
            if count > 1:
                found[customer].add(rate)
        return found

    def _add_paid(self, paid: Sequence[PaidItem], asked: Asked) -> None:
        customers: Sequence[Id] = column(paid, "customer")
        for start in range(0, len(paid), _AT_ONCE):
            normal, digits, serials = _forms(self.paid_number[start : start + _AT_ONCE])
            padded = [serial.zfill(_PADDED) for serial in serials]
            every = (normal, 0), *((one, SERIAL_MIN) for one in (digits, serials, padded))
            wanted = {
                (at, keys[at])
                for keys, least in every
                for at in asked.places(keys)
                if len(keys[at]) >= least
            }
            for at, key in sorted(wanted):
                _put(self.paid_numbers, key, (start + at,))
        amounts = zip(column(paid, "currency"), column(paid, "paid"), strict=True)
        for at, amount in enumerate(amounts):
            if amount in asked.amounts:
                _put(self.paid_amounts, (customers[at], *amount), (at,))


class Digits(dict[int, tuple[str, str, str]]):
    """Place of an item -> the digits of its number as :func:`digits_of` has them, and the last
    group with zeros in front; worked out when they are first asked for, and kept of so many as the
    lines of a few payers ask for."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, at: int) -> tuple[str, str, str]:
        if len(self) >= _AT_ONCE:
            self.clear()
        digits, serial = digits_of(self._numbers[at])
        found = self[at] = digits, serial, serial.zfill(_PADDED)
        return found

    def fill(self, places: Sequence[int]) -> None:
        """Before these are asked for: many are worked out together."""
        missing = [at for at in places if at not in self]
        if len(missing) <= FEW:
            return
        if len(self) + len(missing) > _AT_ONCE:
            self.clear()
            missing = list(places)
        _, digits, serials = _forms([self._numbers[at] for at in missing])
        padded = [serial.zfill(_PADDED) for serial in serials]
        self.update(zip(missing, zip(digits, serials, padded, strict=True), strict=True))


def _alike(places: Sequence[int], forms: Digits) -> Alike:
    forms.fill(places)
    return Alike(places, forms)


def _forms(numbers: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The numbers normalised, their digits, and their last groups of digits as :func:`digits_of`
    has them: of all at once where they are ASCII, as nearly always."""
    whole = "\n".join(numbers)
    if not whole.isascii() or whole.count("\n") >= len(numbers):
        cut = [digits_of(number) for number in numbers]
        return normalize_references(numbers), [one for one, _ in cut], [one for _, one in cut]
    encoded = whole.encode()
    digits = encoded.translate(None, _OTHERS_INSIDE).decode().split("\n")
    groups = encoded.translate(_BLANKED).decode().split("\n")
    serials = [(group.rsplit(None, 1) or ("",))[-1].lstrip("0") for group in groups]
    return normalize_references(numbers), digits, serials


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


def discounts_of(opened: int, basis_points: int) -> tuple[int, ...]:
    """The early-payment discount of what was open in minor units: rounded down, and where that is
    another amount up, since every payer rounds as he likes."""
    down, rest = divmod(opened * basis_points, 10_000)
    return (down, down + 1) if rest else (down,)


def shared_discount(items: Sequence[OpenItem], missing: int) -> list[int] | None:
    """What is missing as the discounts of these items, one for each; None where it is not."""
    return shared_out([discounts_of(item.open, item.discount_bp) for item in items], missing)


def shared_out(each: Sequence[tuple[int, ...]], missing: int) -> list[int] | None:
    """One of the discounts of each that together come to what is missing."""
    found = [one[0] for one in each]
    for at, one in enumerate(each):
        if sum(found) < missing:
            found[at] = one[-1]
    return found if sum(found) == missing else None

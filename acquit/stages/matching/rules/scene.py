"""One line with what it names and who may have paid it, and the answers found for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from acquit.stages.matching.rules.books import Books
from acquit.stages.matching.rules.inputs import BankLine, Convert, Id
from acquit.stages.matching.rules.mentions import Named, named
from acquit.stages.matching.rules.payers import Payers

GRACE_DAYS = 5  # days after its end in which a discount is still taken
FX_BAND = 20  # thousandths between the payer's rate and ours
OWN_MAX = 400


class Hypothesis(NamedTuple):
    """One answer. ``credited`` are positions of items with the amount each gets."""

    credited: tuple[tuple[int, int], ...]
    residue: int
    reason: str
    by: str  # how the items are known: exact, order, serial, tail, typo, span, amount, run ...
    fit: str  # how the amount fits: equal, discount, fee, tax, part, over, rate
    payer: str  # whose claims they are: payer, family, unknown, other
    rivals: int = 0
    flag: str = ""
    kept: tuple[tuple[int, int, str], ...] = ()  # item, minor units and why, as an advice says

    @property
    def evidence(self) -> str:
        """The class of evidence whose precision was measured."""
        count = len(self.credited)
        size = "1" if count == 1 else "2" if count == 2 else "few" if count < 6 else "many"
        rivals = str(self.rivals) if self.rivals < 3 else "more"
        return "/".join((self.by, self.fit, self.flag or "-", rivals, self.payer, size))


class Scene:
    """One line with what it names and who may have paid it."""

    def __init__(self, line: BankLine, books: Books, payers: Payers, convert: Convert) -> None:
        self.line, self.books, self.payers, self.convert = line, books, payers, convert
        self.left = books.left
        self.named: Named = named(line, books, payers)
        self.who, self.is_known = payers.who(line, self.named.customers)
        self.family = {member for one in self.who for member in payers.family(one)}
        self.found: dict[tuple[tuple[int, int], ...], Hypothesis] = {}

    def payer(self, items: Iterable[int]) -> str:
        """Whether the items are the payer's own, its family's, another's; or nobody is known."""
        owners = {self.books.items[at].customer for at in items}
        if not self.who:
            return "unknown"
        if owners <= self.who.keys():
            return "payer" if self.is_known else "tie"
        return "family" if owners <= self.family else "other"

    def add(
        self,
        credited: Sequence[tuple[int, int]],
        *,
        reason: str,
        by: str,
        fit: str,
        residue: int = 0,
        rivals: int = 0,
        flag: str = "",
        kept: tuple[tuple[int, int, str], ...] = (),
    ) -> None:
        key = tuple(sorted(credited))
        if key not in self.found:
            payer = self.payer(at for at, _ in key) if key else ("known" if self.who else "unknown")
            if payer == "family" and reason in ("reference", "lump"):
                reason = "parent"
            self.found[key] = Hypothesis(key, residue, reason, by, fit, payer, rivals, flag, kept)

    def own(self, customers: Iterable[Id]) -> Sequence[int]:
        """Open items of these customers in the line's currency, oldest first."""
        currency, known = self.line.currency, self.books.by_customer
        groups = [known[one][currency] for one in customers if currency in known.get(one, ())]
        return groups[0] if len(groups) == 1 else sorted(itertools.chain.from_iterable(groups))

    def twins(self, members: Sequence[int]) -> int:
        """Claims that could stand for one of these: of the same customer and amount, open when
        the lines came. Another line of today may have been taken for one of them."""
        items, inside = self.books.items, set(members)
        alike = {(items[at].customer, self.left[at]) for at in members}
        return sum(
            items[at].customer == customer and at not in inside
            for customer, amount in alike
            for at in self.books.by_amount.get((self.line.currency, amount), ())
        )

    def has_discount(self, at: int) -> bool:
        """Whether the item's early-payment discount may still be taken."""
        item = self.books.items[at]
        is_whole = self.left[at] == item.open
        in_time = self.line.day <= item.discount_until + GRACE_DAYS
        return is_whole and item.discount_bp > 0 and in_time

"""One line with what it names and who may have paid it, and the answers found for it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from math import comb
from typing import NamedTuple

from acquit.stages.matching.rules.books import Books, Claims
from acquit.stages.matching.rules.charges import told_charges
from acquit.stages.matching.rules.inputs import BankLine, Convert, Id
from acquit.stages.matching.rules.mentions import EXACT, SERIAL, Named, declared_by, named
from acquit.stages.matching.rules.payers import DECLARED, Payers
from acquit.stages.matching.rules.reading import Text

GRACE_DAYS = 5  # days after its end in which a discount is still taken
RARE = "rare"  # flag: a pattern, and what else comes to the same would be an accident
TOLD_FEE = "told fee"  # how the amount fits: with the charges that the statement tells it is exact
SAID = "said"  # flag: a tax of which the text speaks
DATED = "dated"  # flag: of several claims of the amount the one whose day or month is told
USUAL_TAX = "tax 10"  # a rate that is often met
TOGETHER = "together"  # flag: parts that several receipts pay are all of it
RARE_ODDS = 100  # picks at random of which one at most comes to the same


class Hypothesis(NamedTuple):
    """One answer. ``credited`` are positions of items with the amount each gets."""

    credited: tuple[tuple[int, int], ...]
    residue: int
    reason: str
    by: str  # how the items are known: exact, order, serial, tail, typo, span, amount, run ...
    fit: str  # how the amount fits: equal, discount, fee, tax, part, cents, over, rate ...
    payer: str  # whose claims they are: payer, family, unknown, other
    rivals: int = 0
    flag: str = ""
    kept: tuple[tuple[int, int, str], ...] = ()  # item, minor units and why, as an advice says
    beside: tuple[int, ...] = ()  # items that the text does not name, where it names the others

    @property
    def evidence(self) -> str:
        """The class of evidence whose precision was measured. What was declared under a reference
        of ours is named by it as surely as by the numbers of the documents; what comes to the money
        with the charges that are told is its amount."""
        by = EXACT if self.by == DECLARED else self.by
        fit = "equal" if self.fit == TOLD_FEE else self.fit
        return _evidence(by, fit, self.flag, self.rivals, self.payer, len(self.credited))


@lru_cache(maxsize=10_000)
def _evidence(by: str, fit: str, flag: str, rivals: int, payer: str, count: int) -> str:
    # Numbers that come to the money to the cent are surer the more there are.
    is_exact = (by == EXACT and fit == "equal") or (by in (EXACT, SERIAL) and fit == "discount")
    is_whole = is_exact and not flag and not rivals
    if TOGETHER in flag and fit in ("even part", "small rest"):
        fit = "part"  # parts of several receipts that are the whole: each is as good as any
    if by == "tail" and fit == "discount":
        fit = "equal"  # the end of the number, and the amount to the cent
    size = "1" if count == 1 or is_whole else "2" if count == 2 else "few" if count < 6 else "many"
    flag = flag.replace(DATED, "first")  # at least as often right as the oldest of several
    if flag == SAID:
        fit, flag = USUAL_TAX, ""  # the text says so: as sure as a rate that is often met
    return "/".join((by, fit, flag or "-", str(rivals) if rivals < 3 else "more", payer, size))


class Scene:
    """One line with what it names and who may have paid it."""

    __slots__ = (
        "books",
        "charges",
        "convert",
        "family",
        "found",
        "is_again",
        "is_gross",
        "is_known",
        "left",
        "line",
        "named",
        "payers",
        "who",
    )

    def __init__(
        self, line: BankLine, text: Text, books: Books, payers: Payers, convert: Convert
    ) -> None:
        self.line, self.books, self.payers, self.convert = line, books, payers, convert
        self.left = books.left
        self.charges = told_charges(line, text)
        self.is_gross = False  # whether the line stands here with its charges
        self.named: Named = named(line, text, books, payers)
        owner = declared_by(line, books)
        if owner is None:
            self.who, self.is_known = payers.who(line, self.named.customers, text)
        else:
            self.who, self.is_known = {owner: DECLARED}, True
        self.family = payers.families(self.who)
        self.found: dict[tuple[tuple[int, int], ...], Hypothesis] = {}
        self.is_again: bool | None = None  # whether it names a payment of its amount before

    def rest(self) -> None:
        """Keep what the line names and who pays until it is looked at again, and no more."""
        self.found = {}
        self.named.rest()

    def payer(self, items: Iterable[int]) -> str:
        """Whether the items are the payer's own, its family's, another's; or nobody is known."""
        if not self.who:
            return "unknown"
        owners = {self.books.customer[at] for at in items}
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
        beside: tuple[int, ...] = (),
    ) -> None:
        if self.is_gross:
            if not credited or not (kept or fit == "equal"):
                return  # no more than this is known of money that was sent and did not come
            reason, fit = "fee", TOLD_FEE if fit == "equal" else fit
            largest = max(credited, key=lambda one: (one[1], -one[0]))[0]
            kept, residue = (*kept, (largest, self.charges, "fee")), residue - self.charges
        key = tuple(sorted(credited)) if len(credited) > 1 else tuple(credited)
        if key not in self.found:
            payer = self.payer(at for at, _ in key) if key else ("known" if self.who else "unknown")
            if payer == "family" and reason in ("reference", "lump"):
                reason = "parent"
            if payer == "other":
                rivals += self._own_of_the_amount()
            self.found[key] = Hypothesis(
                key, residue, reason, by, fit, payer, rivals, flag, kept, beside
            )

    def _own_of_the_amount(self) -> int:
        """What the payer himself owes of exactly this amount: he may have written the number of
        somebody else."""
        books, line = self.books, self.line
        return sum(len(books.same(one, line.currency, line.amount).open) for one in self.who)

    def sent(self, one: Hypothesis) -> int:
        """What the documents of an answer come to where they come to the money."""
        return self.line.amount + (self.charges if one.fit == TOLD_FEE else 0)

    def own(self, customers: Collection[Id]) -> Claims:
        """What these customers have open in the line's currency."""
        return self.books.claims(customers, self.line.currency)

    @property
    def is_moved(self) -> bool:
        """Whether something was taken that the line's answers may be about: from the payer's
        family, from who owns what the text names, or of its amount."""
        if self.books.advice_of.get(self.line.id) or self.named.advice:
            return True
        moved, customer = self.books.moved, self.books.customer
        line = self.line
        return (
            (line.currency, line.amount) in moved
            or (line.currency, line.amount + self.charges) in moved
            or not moved.isdisjoint(self.family)
            or any(customer[at] in moved for m in self.named.mentions for at in m.items)
        )

    def twins(self, members: Sequence[int], after: int = -1) -> int:
        """Claims that could stand for one of these: of the same customer and amount, open when
        the lines came, and behind a place. Another line of today may have been taken for one."""
        owner, inside = self.books.customer, set(members)
        found = 0
        for customer, amount in {(owner[at], self.left[at]) for at in members}:
            ever = self.books.same(customer, self.line.currency, amount).ever
            found += len(set(ever[bisect_right(ever, after) :]).difference(inside))
        return found

    def is_rare(self, members: Sequence[int], among: Sequence[int], others: int, odds: int) -> bool:
        """Whether who picks at random so many of these claims would hardly ever hit one of the
        answers that come to the same: claims of the same amounts in place of these, also those
        that another line took, and the ``others`` that were found."""
        owner, inside = self.books.customer, set(among)
        alike = Counter((owner[at], self.left[at]) for at in members)
        ways, count = 1, len(among)
        for (customer, amount), used in alike.items():
            ever = self.books.same(customer, self.line.currency, amount).ever
            ways *= comb(len(ever), used)
            count += len(set(ever).difference(inside))
        return (ways - 1 + others) * odds <= comb(count, len(members))

    def has_discount(self, at: int) -> bool:
        """Whether the item's early-payment discount may still be taken."""
        books = self.books
        is_offered = books.discount_bp[at] > 0 and self.left[at] == books.opened[at]
        return is_offered and self.line.day <= books.discount_until[at] + GRACE_DAYS

"""What the engine looks at, and what it answers. Pure values, the same with and without database.

What comes in millions is not frozen, since that makes it in a sixth of the time; nobody changes it.
Ids are any hashable, orderable value. Amounts are minor units, credit notes negative. Days are
proleptic ordinals (``date.toordinal``), because they are compared many million times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from acquit.stages.matching.rules.reading import Text

REFERENCES_PART = "\x1f"  # several in one text: as many texts they are half of what an item takes
Id = Any  # text from a file, a UUID from the database
# (amount in minor units, from currency, to currency, day) -> minor units, None without a rate
Convert = Callable[[int, str, str, int], int | None]


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes. ``aliases`` are other names it was seen to pay under."""

    id: Id
    name: str
    number: str = ""
    ibans: tuple[str, ...] = ()
    parent: Id = None
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class OpenItem:
    """A claim, or a credit note with a negative ``open``."""

    id: Id
    customer: Id
    number: str
    amount: int
    open: int
    currency: str
    issued: int
    due: int
    discount_bp: int = 0  # hundredths of a percent off when paid until ``discount_until``
    discount_until: int = 0
    references: str = ""  # orders, purchase orders, delivery notes, parted by REFERENCES_PART


@dataclass(slots=True)
class PaidItem:
    """A claim of the last months that is settled, and the payment that did it."""

    customer: Id
    number: str
    amount: int
    currency: str
    due: int
    paid_on: int
    paid: int
    payer_name: str = ""
    payer_iban: str = ""
    text: str = ""


class SettledText(NamedTuple):
    """What money said that was for this customer, with the numbers of his that it settled."""

    customer: Id
    payer_iban: str
    text: str
    numbers: tuple[str, ...]


@dataclass(slots=True)
class BankLine:
    """Money that came in. ``customer`` where somebody said whose it is."""

    id: Id
    day: int
    amount: int
    currency: str
    payer_name: str = ""
    payer_iban: str = ""
    end_to_end: str = ""
    text: str = ""
    customer: Id = None
    parts: Text | None = None  # the text, where it was read before
    charges: int = 0  # that banks kept before the money came, as the statement says


class AdvicePart(NamedTuple):
    """``paid`` of what arrives is for the document; ``discount`` of it was kept back besides.
    ``reason`` are the payer's words for what else he did not pay of it."""

    number: str
    paid: int
    discount: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What somebody says a sum is for, in the order given. ``line`` is the one it is known to
    explain; without it, the one whose text names its reference. ``fee`` was kept back of all, and
    ``netted`` went back to payers of earlier sums. ``is_declared``: the customer said so himself
    and was given the reference for it, so who quotes it pays for him, whatever his bank calls him.
    """

    reference: str
    payer_name: str
    amount: int
    currency: str
    parts: tuple[AdvicePart, ...]
    line: Id = None
    fee: int = 0
    netted: int = 0
    is_declared: bool = False


class Reason(NamedTuple):
    """One piece of evidence in words; ``start`` and ``end`` mark the piece of the text it is about,
    both -1 when it is about something else."""

    kind: str  # reference, amount, payer, rival, warning
    text: str
    start: int = -1
    end: int = -1


class Answer(NamedTuple):
    """What a line may settle. ``credited`` are items with what each is credited in its currency.

    ``residue`` is the line's amount less what was credited, in the line's currency, as the reason
    explains it: below zero a discount, a fee or tax that was kept back, above zero money too much.
    ``fit`` says how the amount fits (equal, discount, fee, told fee, tax 10, part, cents, over,
    rate, part at rate). ``rivals`` counts other answers that fit the same evidence as well.
    ``evidence`` is the class of evidence the probability was measured for. ``kept`` says of which
    items how much was kept back, and as what, where an advice or the statement says so.
    """

    line: Id
    rank: int
    probability: float
    rivals: int
    reason: str
    credited: tuple[tuple[Id, int], ...]
    residue: int
    fit: str
    evidence: str
    reasons: tuple[Reason, ...]
    kept: tuple[tuple[Id, int, str], ...] = ()

"""What a case is made of: customers, open items, paid history, bank lines, advices, the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True)
class Habits:
    """How a customer pays; drawn once, so that history and lines have it in common."""

    style: int  # which way of writing a reference
    joiner: int
    wrapper: int  # what the bank puts around the text
    payer: int  # how its name appears
    quotes_account: bool  # the bank passes the IBAN on
    pays_oldest: bool
    takes_discount: bool
    days_late: int
    upper: bool


@dataclass(slots=True)
class Customer:
    """``ibans`` are those it pays from; ``known_ibans`` what the seller has on file."""

    id: str
    name: str
    country: str
    currency: str
    term_days: int
    discount_pct: int  # percent, 0 for none; within 10 days
    habits: Habits
    ibans: list[str]
    known_ibans: list[str]
    parent: str = ""
    aliases: list[str] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)  # the few it is always billed, or none
    rounds_to: int = 1  # minor units


@dataclass(slots=True, eq=False)
class Item:
    """An open or paid claim; amounts in minor units, credits negative."""

    id: str
    customer: str
    number: str
    serial: int
    kind: str
    amount: int
    open: int
    currency: str
    issued: date
    due: date
    discount_pct: int
    discount_until: date | None
    references: list[str]


@dataclass(slots=True)
class Paid:
    """An item of the past with the payment that settled it."""

    item: Item
    paid_on: date
    amount: int
    payer_name: str
    payer_iban: str
    text: str


@dataclass(slots=True)
class Line:
    """A bank line as the seller gets it."""

    id: str
    date: date
    amount: int
    currency: str
    payer_name: str
    payer_iban: str
    end_to_end_id: str
    text: str


@dataclass(slots=True)
class Truth:
    """What the line really paid: item -> credited in the item's currency. ``residue`` in the
    line's currency: the line's amount less what the credited items come to."""

    line: str
    scenario: str
    items: dict[str, int]
    reason: str
    residue: int = 0


@dataclass(slots=True)
class AdviceLine:
    """One row of a remittance advice."""

    advice: str
    date: date
    payer_name: str
    amount: int
    currency: str
    reference: str
    number: str
    paid: int


@dataclass(slots=True)
class Case:
    """One generated case."""

    as_of: date
    customers: list[Customer]
    items: list[Item]
    history: list[Paid]
    rates: dict[tuple[date, str], int]  # units of the currency for one euro, in millionths
    lines: list[Line] = field(default_factory=list)
    truth: list[Truth] = field(default_factory=list)
    advices: list[AdviceLine] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)  # scenarios that found no material

"""What a payout is made of, and how a provider writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from acquit.core.codecs.banktable.layout import folded
from acquit.core.faults import Fault

PAYMENT, REFUND, CHARGEBACK, FEE = "payment", "refund", "chargeback", "fee"
ADJUSTMENT, PAYOUT, TRANSFER = "adjustment", "payout", "transfer"
_AMOUNTS = ({"net"}, {"gross"}, {"net_debit", "net_credit"}, {"gross_debit", "gross_credit"})


@dataclass(frozen=True, slots=True)
class Layout:
    """How one provider writes; ``columns`` maps a field to the names its column may have."""

    name: str
    title: str
    dates: tuple[str, ...]
    kinds: Mapping[str, str]
    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    is_journal: bool = False  # rows of a balance; see ``journal.py``, also for what follows
    moving: tuple[str, ...] = ()  # words of the column ``impact`` for rows that moved the balance
    done: tuple[str, ...] = ()  # words of ``status`` that say so where there is no such column

    def found(self, header: Sequence[str]) -> dict[str, str]:
        """Field -> name in this header; empty where a column the layout needs is not there."""
        by_name = {folded(name): name for name in header}
        found = {
            what: next(by_name[folded(name)] for name in names if folded(name) in by_name)
            for what, names in self.columns.items()
            if any(folded(name) in by_name for name in names)
        }
        has_amount = any(each <= found.keys() for each in _AMOUNTS)
        return found if {*self.needed} <= found.keys() and has_amount else {}


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a payout, or its fee: signed minor units, and the row's bytes in the file."""

    kind: str
    document: str
    reference: str
    payer: str
    amount_minor: int
    byte_start: int
    byte_end: int


@dataclass(frozen=True, slots=True)
class Payout:
    """What arrives in one sum. ``stated_minor`` is what the report itself says it is, if it does;
    ``faults`` are rows that could not be read, and a sum that differs. ``is_kept``: it arrives on
    a balance at the provider, not at the bank."""

    number: str
    paid_on: date | None
    currency: str
    parts: tuple[Part, ...]
    stated_minor: int | None
    faults: tuple[Fault, ...] = ()
    is_kept: bool = False

    @property
    def amount_minor(self) -> int:
        return sum(part.amount_minor for part in self.parts)

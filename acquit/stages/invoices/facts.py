"""What happens to drafts and documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """One row of the VAT breakdown, with the account the tax is booked on."""

    tax_code: str
    category: str
    rate: Decimal
    taxable_minor: int
    tax_minor: int
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentIssued(Fact):
    """A draft got its number. Amounts are positive for every kind; the kind gives the side.
    ``rate`` is company currency per unit of document currency on the day of issue.

    ``digest`` covers the header, every line and the number (invariant I25). ``discount_bp`` are
    hundredths of a percent of the gross amount off when paid until ``discount_until``;
    ``references`` are the order, purchase order and delivery a payer may quote.
    """

    KIND = "invoices.DocumentIssued"
    kind: str
    number: str
    customer_id: UUID
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    rate: Decimal
    taxes: tuple[TaxAmount, ...]
    due_on: date
    digest: str
    corrects_id: UUID | None = None
    discount_bp: int = 0
    discount_until: date | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHeld(Fact):
    KIND = "invoices.DraftHeld"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChanged(Fact):
    """``field`` was typed in before sending; the source of the value is the person."""

    KIND = "invoices.DraftChanged"
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSplit(Fact):
    """``lines`` of the draft, ``net_minor`` together, went into a draft of their own."""

    KIND = "invoices.DraftSplit"
    into_id: UUID
    lines: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMerged(Fact):
    """The draft took the lines of others, which are discarded."""

    KIND = "invoices.DraftMerged"
    from_ids: tuple[UUID, ...]
    lines: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftActUndone(Fact):
    """The last act on the draft (the command ``act``) was taken back; it is as it was before."""

    KIND = "invoices.DraftActUndone"
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReported(Fact):
    """The tax office took the document; ``subject_id`` is the document."""

    KIND = "invoices.DocumentReported"
    reported_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWithdrawn(Fact):
    """The answer that said so was taken back; ``subject_id`` is the document."""

    KIND = "invoices.ReportWithdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDiscarded(Fact):
    KIND = "invoices.DraftDiscarded"
    why: str

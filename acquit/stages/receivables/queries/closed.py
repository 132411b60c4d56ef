"""Rests that were closed without money: each, and what they come to by rule and by person.

A closing counts on its day, and taking it back counts against it on the day of that: the sums of a
month are what the accounts of the reasons bore in it, and stay so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from acquit.core.money import Money
from acquit.database.listing import Listing, within_days
from acquit.stages.receivables.facts import CashApplied
from acquit.stages.receivables.rules.adjustment import WITHOUT_MONEY

BY = ("rule", "person", "approval")


@dataclass(frozen=True, slots=True)
class Closed:
    """A closing or what takes one back; amounts are plus where we let a customer off, minus where
    he let us off or a closing was taken back.

    ``by`` is one of :data:`BY`; ``who`` the rule, or who closed it himself or after a request of
    ``asked_by``. ``tax`` is the part that corrected tax accounts."""

    id: UUID
    on: date
    document_id: UUID | None
    receipt_id: UUID | None
    number: str
    customer_id: UUID | None
    customer_number: str
    customer_name: str
    reason: str
    by: str
    who: str
    asked_by: str
    note: str
    currency: str
    amount_minor: int
    home_minor: int
    tax_minor: int
    tax_home_minor: int
    is_taking_back: bool
    is_undone: bool

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)


@dataclass(frozen=True, slots=True)
class ClosedSum:
    """Closings of one reason and currency by one rule or person; ``taken_back`` counts what was
    taken back of them or of earlier ones, and the amounts are without it."""

    by: str
    who: str
    reason: str
    currency: str
    count: int
    taken_back: int
    amount_minor: int
    home_minor: int
    tax_minor: int
    tax_home_minor: int


_BY = "CASE WHEN o.rule <> '' THEN 'rule' WHEN p.id IS NULL THEN 'person' ELSE 'approval' END"
_WHO = "CASE WHEN o.rule <> '' THEN o.rule ELSE coalesce(f.actor_name, '') END"
_SIGN = "(CASE WHEN a.debit_item_id IS NULL THEN -1 ELSE 1 END * sign(a.amount_minor))"
_AMOUNT = f"({_SIGN} * abs(a.amount_minor))::bigint"
# What the reason's account bears, as the entry says it.
_WORTH = (
    "abs(CASE WHEN a.debit_item_id IS NULL THEN a.debit_functional_minor"
    " ELSE a.credit_functional_minor END)"
)
_HOME = f"({_SIGN} * {_WORTH})::bigint"
_TAX = f"({_SIGN} * t.minor)::bigint"
_TAX_HOME = f"({_SIGN} * t.home_minor)::bigint"
_SOURCE = f"""
FROM receivables_allocation a
JOIN receivables_allocation o ON o.company_id = a.company_id
    AND o.id = coalesce(a.reverses_id, a.id)
JOIN receivables_open_item i ON i.company_id = a.company_id
    AND i.id = coalesce(a.debit_item_id, a.credit_item_id)
LEFT JOIN masterdata_customer c ON c.company_id = a.company_id
    AND c.id = coalesce(a.debit_customer_id, a.credit_customer_id)
LEFT JOIN LATERAL (SELECT one.seq, one.command, one.actor_name FROM history_fact one
    WHERE one.company_id = o.company_id AND one.subject_id = o.id
    AND one.kind = '{CashApplied.KIND}' ORDER BY one.seq LIMIT 1) AS f ON true
LEFT JOIN LATERAL (SELECT r.id, r.maker_name
    FROM (SELECT d.subject_id FROM history_fact d WHERE f.command = 'access.approve'
        AND d.company_id = a.company_id AND d.kind = 'access.ApprovalDecided' AND d.seq > f.seq
        ORDER BY d.seq LIMIT 1) AS d
    JOIN access_approval r ON r.company_id = a.company_id AND r.id = d.subject_id) AS p ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(part.minor), 0) AS minor, coalesce(sum(div(
        2 * {_WORTH}::numeric * part.minor + abs(a.amount_minor), 2 * abs(a.amount_minor))), 0)
        AS home_minor
    FROM (SELECT (one->>1)::bigint AS minor FROM jsonb_array_elements(a.taxes) AS one) AS part)
    AS t
WHERE a.company_id = %(company)s
AND a.adjustment IN ({", ".join(f"'{one}'" for one in WITHOUT_MONEY)})"""
CLOSED = Listing(
    columns=(
        "a.id, a.effective_on, i.document_id, i.receipt_id, i.number, c.id, coalesce(c.number, ''),"
        f" coalesce(c.name, ''), a.adjustment, {_BY}, {_WHO}, coalesce(p.maker_name, ''), a.reason,"
        f" a.currency, {_AMOUNT}, {_HOME}, {_TAX}, {_TAX_HOME}, a.reverses_id IS NOT NULL,"
        " EXISTS (SELECT 1 FROM receivables_allocation undone"
        "  WHERE undone.company_id = a.company_id AND undone.reverses_id = a.id)"
    ),
    source=_SOURCE,
    newest=("a.effective_on", "a.id"),
    make=Closed,
    conditions={
        "reason": "a.adjustment = %(reason)s",
        "by": f"{_BY} = %(by)s",
        "who": f"{_WHO} = %(who)s",
        "customer": "c.id = %(customer)s",
        **within_days("a.effective_on"),
    },
    amount=("a.currency", _AMOUNT),
)


def closed_sums(*, company_id: UUID, wanted: Mapping[str, Any]) -> list[ClosedSum]:
    """What those that match come to, by rule and by person, reason and currency. One query."""
    rows = CLOSED.grouped(
        company_id=company_id,
        wanted=wanted,
        by=(_BY, _WHO, "a.adjustment", "a.currency"),
        sums=(
            "count(*) FILTER (WHERE a.reverses_id IS NULL)",
            "count(*) FILTER (WHERE a.reverses_id IS NOT NULL)",
            *(f"sum({one})::bigint" for one in (_AMOUNT, _HOME, _TAX, _TAX_HOME)),
        ),
    )
    return [ClosedSum(*row) for row in rows]

"""The messages of a French company to its platform, from the books: status 212 and flux 10."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from types import ModuleType
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.core.codecs import cdar, flux10
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import EReport, Transmission
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.stages.insight.rules import french
from acquit.stages.insight.rules.french import Cash, Declarant
from acquit.stages.invoices import queries as invoices

PARIS = ZoneInfo("Europe/Paris")
# Money that settled invoices: what was recorded in the period, and whatever belongs to a
# settlement of the period. What takes an allocation back counts with it.
_CASH = """
SELECT a.id::text, i.document_id, a.effective_on, coalesce(o.effective_on, a.effective_on),
    a.amount_minor, a.currency, a.debit_functional_minor,
    (a.recorded_at AT TIME ZONE 'Europe/Paris')::date
FROM receivables_allocation a
JOIN receivables_open_item i ON i.company_id = a.company_id AND i.id = a.debit_item_id
JOIN receivables_open_item c ON c.company_id = a.company_id AND c.id = a.credit_item_id
LEFT JOIN receivables_allocation o ON o.company_id = a.company_id AND o.id = a.reverses_id
WHERE a.company_id = %(company)s AND c.kind = 'receipt' AND i.document_id IS NOT NULL
AND (coalesce(o.effective_on, a.effective_on) BETWEEN %(first)s AND %(last)s
    OR (a.recorded_at AT TIME ZONE 'Europe/Paris')::date BETWEEN %(first)s AND %(last)s)
ORDER BY a.id
"""
_ISSUED = """
SELECT id FROM invoices_document WHERE company_id = %(company)s
AND issued_on BETWEEN %(first)s AND %(last)s ORDER BY issued_on, number
"""


class CannotTell(Refused):
    """A company, a period or a document that the messages cannot be made of."""


@dataclass(frozen=True, slots=True)
class Message:
    """One file for the platform; ``kind`` is status, sales or payments, ``of`` how many invoices,
    days or parts it tells of."""

    name: str
    kind: str
    of: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """The messages, what could not be told, and the earlier days whose transmission what was taken
    back in the period has made untrue: their period is to be told again, as rectified."""

    messages: tuple[Message, ...]
    faults: tuple[Fault, ...]
    untrue: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    cash: Cash
    recorded_on: date


def told(
    *,
    company_id: UUID,
    country: str,
    period: Period,
    platform: str,
    kind: Transmission,
    now: datetime,
) -> Told:
    """Everything of the period, both ends included: four queries and those of the documents.

    Statuses are of money recorded in the period; sales are of documents issued in it, payments of
    settlements that count in it, with all that is known now."""
    if country != "FR":
        raise CannotTell.because(
            "french.company", f"a company of {country} has no French platform", path="company"
        )
    declarant = Declarant(platform, now.astimezone(PARIS).replace(tzinfo=None), kind)
    rows = _rows(company_id, period)
    faults: list[Fault] = []
    messages = [
        Message(f"{one.number}.xml", "status", 1, data)
        for one in french.statuses((r.cash for r in rows if _in(period, r.recorded_on)), declarant)
        for data in _written(cdar, one, one.number, faults)
    ]
    for name, report in (
        ("sales", _sales(company_id, period, declarant, faults)),
        ("payments", _payments(rows, period, declarant)),
    ):
        if report is not None:
            count = sum(
                map(
                    len, (report.invoices, report.transactions, report.payments, report.collections)
                )
            )
            messages += [
                Message(f"{report.number}.xml", name, count, data)
                for data in _written(flux10, report, report.number, faults)
            ]
    untrue = {r.cash.settled_on for r in rows if period.start and r.cash.settled_on < period.start}
    return Told(tuple(messages), tuple(faults), tuple(sorted(untrue)))


def _in(period: Period, day: date) -> bool:
    assert period.start is not None
    assert period.end is not None
    return period.start <= day <= period.end


def _rows(company_id: UUID, period: Period) -> list[_Row]:
    values = {"company": company_id, "first": period.start, "last": period.end}
    found = fetch_rows(_CASH, values)
    documents = _documents(company_id, list(dict.fromkeys(row[1] for row in found)))
    return [
        _Row(
            Cash(
                id=id.replace("-", ""),
                invoice=documents[document_id],
                paid_on=paid_on,
                settled_on=settled_on,
                paid=Money(minor, currency),
                home=Money(home, "EUR"),
            ),
            recorded_on,
        )
        for id, document_id, paid_on, settled_on, minor, currency, home, recorded_on in found
    ]


def _documents(company_id: UUID, ids: list[UUID]) -> dict[UUID, Invoice]:
    found = invoices.canonical(company_id=company_id, document_ids=ids)
    return dict(zip(ids, found, strict=True))


def _sales(
    company_id: UUID, period: Period, declarant: Declarant, faults: list[Fault]
) -> EReport | None:
    values = {"company": company_id, "first": period.start, "last": period.end}
    ids = [id for (id,) in fetch_rows(_ISSUED, values)]
    issued = list(_documents(company_id, ids).values())
    try:
        return french.sales(issued, period, declarant)
    except ValueError as wrong:
        faults.append(Fault("french.sales", str(wrong), "sales"))
        return None


def _payments(rows: list[_Row], period: Period, declarant: Declarant) -> EReport | None:
    return french.payments(
        [row.cash for row in rows if _in(period, row.cash.settled_on)], period, declarant
    )


def _written(
    codec: ModuleType, document: object, name: str, faults: list[Fault]
) -> tuple[bytes, ...]:
    """The bytes; nothing, and why, where the network's rules refuse them."""
    try:
        return (codec.write(document=document).data,)
    except CannotWrite as refused:
        faults += [replace(fault, path=f"{name} {fault.path}".strip()) for fault in refused.faults]
        return ()

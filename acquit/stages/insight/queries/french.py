"""The messages of a French company to its platform, from the books: status 212 and flux 10."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.core.codecs import flux10
from acquit.core.codecs.writing import CannotWrite
from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import EReport, Transmission
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.stages.dispatch.queries.statuses import messages_of, statuses_between
from acquit.stages.dispatch.rules.collected import Buyer, buyer_of
from acquit.stages.insight.rules import french
from acquit.stages.insight.rules.french import Cash, Declarant
from acquit.stages.invoices import queries as invoices

PARIS = ZoneInfo("Europe/Paris")
# Money that settled invoices: what was recorded in the period, and whatever belongs to a
# settlement of the period. What takes an allocation back counts with it.
_CASH = """
SELECT i.document_id, coalesce(o.effective_on, a.effective_on), a.debit_functional_minor
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


def told(
    *,
    company_id: UUID,
    country: str,
    period: Period,
    platform: str,
    kind: Transmission,
    now: datetime,
) -> Told:
    """Everything of the period, both ends included: five queries and those of the documents.

    Statuses are those that were told in it (``dispatch``); sales are of documents issued in it,
    payments of settlements that count in it, with all that is known now."""
    if country != "FR":
        raise CannotTell.because(
            "french.company", f"a company of {country} has no French platform", path="company"
        )
    declarant = Declarant(platform, now.astimezone(PARIS).replace(tzinfo=None), kind)
    faults: list[Fault] = []
    messages = _statuses(company_id, period, faults)
    cash = _cash(company_id, period)
    for name, report in (
        ("sales", _sales(company_id, period, declarant, faults)),
        ("payments", french.payments([c for c in cash if _in(period, c)], period, declarant)),
    ):
        if report is not None:
            count = sum(
                map(
                    len, (report.invoices, report.transactions, report.payments, report.collections)
                )
            )
            messages += [
                Message(f"{report.number}.xml", name, count, data)
                for data in _written(report, faults)
            ]
    return Told(tuple(messages), tuple(faults), _untrue(cash, period))


def _in(period: Period, cash: Cash) -> bool:
    assert period.start is not None
    assert period.end is not None
    return period.start <= cash.settled_on <= period.end


def _untrue(cash: list[Cash], period: Period) -> tuple[date, ...]:
    assert period.start is not None
    return tuple(
        sorted(
            {
                one.settled_on
                for one in cash
                if one.settled_on < period.start and buyer_of(one.invoice) is not Buyer.DOMESTIC
            }
        )
    )


def _statuses(company_id: UUID, period: Period, faults: list[Fault]) -> list[Message]:
    assert period.start is not None
    assert period.end is not None
    told = statuses_between(
        company_id=company_id,
        since=datetime.combine(period.start, time(), PARIS),
        until=datetime.combine(period.end + timedelta(days=1), time(), PARIS),
    )
    faults += [fault for one in told for fault in one.faults]
    pieces = messages_of(company_id=company_id, told=told)
    return [
        Message(pieces[one.id].name, "status", 1, pieces[one.id].body)
        for one in told
        if one.id in pieces
    ]


def _cash(company_id: UUID, period: Period) -> list[Cash]:
    values = {"company": company_id, "first": period.start, "last": period.end}
    found = fetch_rows(_CASH, values)
    documents = _documents(company_id, list(dict.fromkeys(row[0] for row in found)))
    return [
        Cash(documents[document_id], settled_on, Money(home, "EUR"))
        for document_id, settled_on, home in found
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


def _written(report: EReport, faults: list[Fault]) -> tuple[bytes, ...]:
    """The bytes; nothing, and why, where the network's rules refuse them."""
    try:
        return (flux10.write(document=report).data,)
    except CannotWrite as refused:
        faults += [
            replace(fault, path=f"{report.number} {fault.path}".strip()) for fault in refused.faults
        ]
        return ()

"""Tell the platform of a French company that money came for a document, or was taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from acquit.access.models import Company
from acquit.core.codecs import cdar
from acquit.core.codecs.writing import CannotWrite
from acquit.core.context import Context
from acquit.core.documents.invoice import Invoice
from acquit.core.faults import Fault
from acquit.core.text import sha256
from acquit.history import archive, unit
from acquit.history.archive import Piece
from acquit.policy.queries import in_force
from acquit.stages.dispatch.facts import StatusTold
from acquit.stages.dispatch.models import StatusMessage
from acquit.stages.dispatch.rules.collected import (
    COUNTRY,
    TELL,
    Payment,
    buyer_of,
    has_services,
    status_of,
)
from acquit.stages.invoices import queries as invoices
from acquit.stages.masterdata.queries import CustomerView, customers_by_id

PARIS = ZoneInfo("Europe/Paris")


def tell_collected(ctx: Context, payments: Sequence[Payment]) -> None:
    """One status 212 for each payment that the policy ``collected`` wants told, and for each that
    is taken back after it was told. Part of the command that moves the money: what the network
    would refuse is kept with its reasons, and the money moves all the same."""
    undone = [payment.undoes for payment in payments if payment.undoes]
    rules = dict(
        StatusMessage.objects.of(ctx.company_id)
        .filter(allocation_id__in=undone)
        .values_list("allocation_id", "rule")
    )
    ids = list(dict.fromkeys(payment.document_id for payment in payments))
    found = invoices.canonical(company_id=ctx.company_id, document_ids=ids)
    documents = dict(zip(ids, found, strict=True))
    asked = [payment for payment in payments if payment.undoes is None]
    rules |= _asked_for(ctx, asked, documents)
    rows: list[StatusMessage] = []
    pieces: list[Piece] = []
    facts: dict[str, list[StatusTold]] = {}
    for payment in payments:
        rule = rules.get(payment.undoes or payment.allocation_id)
        if rule is None:
            continue
        row, piece = _message(ctx, payment, documents[payment.document_id], rule)
        rows.append(row)
        pieces += [piece] if piece else []
        facts.setdefault(rule, []).append(_fact(row, payment.document_id))
    archive.keep(ctx, pieces)
    StatusMessage.objects.bulk_create(rows)
    for rule, told in facts.items():
        unit.record(ctx.because(rule=rule), told)


def _asked_for(
    ctx: Context, payments: Sequence[Payment], documents: Mapping[UUID, Invoice]
) -> dict[UUID, str]:
    """The rule by which a payment is told, by its allocation; others are not told."""
    if not payments:
        return {}
    rows = invoices.rows_by_id(company_id=ctx.company_id, ids=documents.keys())
    buyers = customers_by_id(
        company_id=ctx.company_id, ids={row.customer_id for row in rows.values()}
    )
    policy = in_force(company_id=ctx.company_id, name="collected", on=ctx.today)
    found = {}
    chosen = Company.objects.values_list("vat_due", flat=True).get(id=ctx.company_id)
    for payment in payments:
        document, row = documents[payment.document_id], rows[payment.document_id]
        buyer = buyers[row.customer_id]
        decision = policy.table.decide(
            facts_of(
                document=document,
                buyer=buyer,
                kind=row.kind,
                country=COUNTRY,
                vat_due=chosen,
                paid_on=payment.on,
            )
        )
        if decision.value("action") == TELL:
            found[payment.allocation_id] = policy.rule(decision)
    return found


def facts_of(
    *,
    document: Invoice,
    buyer: CustomerView,
    kind: str,
    country: str,
    vat_due: str,
    paid_on: date,
) -> dict[str, Any]:
    """What the policy ``collected`` is asked of a payment."""
    return {
        "customer.number": buyer.number,
        "customer.country": buyer.country,
        "customer.segment": buyer.segment or None,
        "company.country": country,
        "company.vat_on_invoice": vat_due == "invoice",
        "buyer.kind": buyer_of(document).value,
        "document.kind": kind,
        "document.has_services": has_services(document),
        "payment.on": paid_on,
    }


def _message(
    ctx: Context, payment: Payment, invoice: Invoice, rule: str
) -> tuple[StatusMessage, Piece | None]:
    now = ctx.now.astimezone(PARIS).replace(tzinfo=None)
    status = status_of(payment=payment, invoice=invoice, now=now)
    piece: Piece | None = None
    faults: tuple[Fault, ...] = ()
    try:
        data = cdar.write(document=status).data
        piece = Piece(data, "application/xml", f"{status.number}.xml")
    except CannotWrite as refused:
        faults = refused.faults
    row = StatusMessage(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        document_id=payment.document_id,
        allocation_id=payment.allocation_id,
        status=status.status,
        number=status.number,
        amount_minor=payment.amount.minor,
        currency=payment.amount.currency,
        effective_on=payment.on,
        rule=rule,
        digest=sha256(piece.body) if piece else "",
        faults=[_placed(fault, status.number).as_dict() for fault in faults],
        issued_at=ctx.now,
    )
    return row, piece


def _placed(fault: Fault, number: str) -> Fault:
    return replace(fault, path=f"{number} {fault.path}".strip())


def _fact(row: StatusMessage, document_id: UUID) -> StatusTold:
    return StatusTold(
        subject_id=row.id,
        effective_on=row.effective_on,
        document_id=document_id,
        allocation_id=row.allocation_id,
        status=row.status,
        number=row.number,
        amount_minor=row.amount_minor,
        currency=row.currency,
        digest=row.digest,
    )

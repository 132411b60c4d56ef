"""Reads of what networks were told of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.history import archive
from acquit.history.archive import Piece
from acquit.stages.dispatch.models import StatusMessage

_FIELDS = (
    *("id", "document_id", "document__number", "allocation_id", "status", "number"),
    *("amount_minor", "currency", "effective_on", "rule", "digest", "faults", "issued_at"),
)


@dataclass(frozen=True, slots=True)
class StatusView:
    """One message: of which payment, how much, and the archived file or why there is none."""

    id: UUID
    document_id: UUID
    document_number: str
    allocation_id: UUID
    status: str
    number: str
    amount: Money
    effective_on: date
    rule: str
    digest: str
    faults: tuple[Fault, ...]
    issued_at: datetime


def statuses(
    *,
    company_id: UUID,
    document_id: UUID | None = None,
    limit: int = 50,
    after: tuple[datetime, UUID] | None = None,
) -> list[StatusView]:
    """What was told, of one document or of all, newest first; ``after`` is the instant and id of
    the last one seen."""
    rows = StatusMessage.objects.of(company_id).order_by("-issued_at", "-id")
    if document_id is not None:
        rows = rows.filter(document_id=document_id)
    if after is not None:
        at, last = after
        rows = rows.filter(issued_at__lte=at).exclude(issued_at=at, id__gte=last)
    return _views(rows[:limit])


def statuses_between(*, company_id: UUID, since: datetime, until: datetime) -> list[StatusView]:
    """What was told from ``since`` to before ``until``, oldest first."""
    rows = StatusMessage.objects.of(company_id).filter(issued_at__gte=since, issued_at__lt=until)
    return _views(rows.order_by("issued_at", "id"))


def messages_of(*, company_id: UUID, told: Sequence[StatusView]) -> dict[UUID, Piece]:
    """The messages as they were written, by status; of what may not leave there is none. One
    query."""
    digests = {one.digest for one in told if one.digest}
    pieces = archive.read_many(company_id=company_id, digests=digests)
    return {one.id: pieces[one.digest] for one in told if one.digest in pieces}


def _views(rows: QuerySet[StatusMessage]) -> list[StatusView]:
    return [_view(row) for row in rows.values_list(*_FIELDS)]


def _view(row: tuple[Any, ...]) -> StatusView:
    id, document_id, document, allocation_id, status, number = row[:6]
    minor, currency, effective_on, rule, digest, faults, issued_at = row[6:]
    return StatusView(
        id=id,
        document_id=document_id,
        document_number=document,
        allocation_id=allocation_id,
        status=status,
        number=number,
        amount=Money(minor, currency),
        effective_on=effective_on,
        rule=rule,
        digest=digest,
        faults=tuple(Fault.from_dict(fault) for fault in faults),
        issued_at=issued_at,
    )

"""Reading the log: the timeline of an object, the day's automatic acts, the whole chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min

from acquit.history.chain import COVERED
from acquit.history.models import ChainHead, FactRecord


@dataclass(frozen=True, slots=True)
class FactView:
    """One line of a timeline."""

    id: UUID
    seq: int
    kind: str
    subject_id: UUID
    effective_on: date
    recorded_at: datetime
    actor_name: str
    actor_kind: str
    reason: str
    rule: str
    command: str
    payload: dict[str, Any]
    hash: str


def timeline(*, company_id: UUID, subject_ids: Sequence[UUID], limit: int = 200) -> list[FactView]:
    """What happened to these objects, oldest first."""
    rows = FactRecord.objects.of(company_id).filter(subject_id__in=subject_ids).order_by("seq")
    return [_view(row) for row in rows[:limit]]


def automatic_acts(
    *,
    company_id: UUID,
    since: datetime,
    until: datetime,
    limit: int = 500,
    before: int | None = None,
    without: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[FactView]:
    """What the system did by itself: every fact that a rule decided, newest first.

    ``before`` is the number of the last fact seen; ``without`` leaves kinds of facts out, ``only``
    leaves out all others."""
    rows = (
        FactRecord.objects.of(company_id)
        .exclude(rule="")
        .filter(recorded_at__gte=since, recorded_at__lt=until)
        .order_by("-seq")
    )
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if without:
        rows = rows.exclude(kind__in=without)
    if only:
        rows = rows.filter(kind__in=only)
    return [_view(row) for row in rows[:limit]]


@dataclass(frozen=True, slots=True)
class Run:
    """Facts of one kind that one rule decided in one go."""

    at: datetime
    rule: str
    count: int


def automatic_runs(
    *, company_id: UUID, since: datetime, until: datetime, kind: str, limit: int
) -> list[Run]:
    """What a rule decided for many at once, newest first; one query."""
    rows = (
        FactRecord.objects.of(company_id)
        .filter(kind=kind, recorded_at__gte=since, recorded_at__lt=until)
        .exclude(rule="")
        .values("recorded_at", "rule")
        .annotate(count=Count("id"))
        .order_by("-recorded_at", "rule")
    )
    return [Run(row["recorded_at"], row["rule"], row["count"]) for row in rows[:limit]]


@dataclass(frozen=True, slots=True)
class Together:
    """Facts of one kind that rules decided in one run of a command; ``first`` and ``last`` are the
    numbers of the first and the last of them."""

    first: int
    last: int
    at: datetime
    count: int


def decided_together(
    *, company_id: UUID, since: datetime, until: datetime, kind: str, limit: int
) -> list[Together]:
    """Runs in which rules decided more than one, newest first; one query."""
    rows = (
        FactRecord.objects.of(company_id)
        .filter(kind=kind, recorded_at__gte=since, recorded_at__lt=until)
        .exclude(rule="")
        .values("recorded_at", "request_id", "command")
        .annotate(first=Min("seq"), last=Max("seq"), count=Count("id"))
        .filter(count__gt=1)
        .order_by("-first")
    )
    return [
        Together(row["first"], row["last"], row["recorded_at"], row["count"])
        for row in rows[:limit]
    ]


def subject_of(*, company_id: UUID, seq: int, kind: str) -> UUID | None:
    """What the fact of this number is about; None where that is no fact of the kind."""
    rows = FactRecord.objects.of(company_id).filter(seq=seq, kind=kind)
    return rows.values_list("subject_id", flat=True).first()


def done_together(*, company_id: UUID, kind: str, subject_id: UUID) -> list[UUID]:
    """What one act did to many: the subjects of this kind of fact that came with the first one's,
    in the same request at the same instant. Empty when this fact never happened."""
    rows = FactRecord.objects.of(company_id).filter(kind=kind)
    first = rows.filter(subject_id=subject_id).order_by("-seq").first()
    if first is None:
        return []
    same = rows.filter(
        seq__gte=first.seq,
        recorded_at=first.recorded_at,
        request_id=first.request_id,
        command=first.command,
    )
    return list(same.order_by("seq").values_list("subject_id", flat=True))


def chain_rows(*, company_id: UUID) -> Iterator[dict[str, Any]]:
    """Every fact in order, as the verifier wants it; streamed."""
    names = (*COVERED, "prev_hash", "hash")
    rows = FactRecord.objects.of(company_id).order_by("seq").values_list(*names)
    for row in rows.iterator(chunk_size=5000):
        values = dict(zip(names, row, strict=True))
        values["recorded_at"] = values["recorded_at"].astimezone(UTC)
        yield values


def head(*, company_id: UUID) -> tuple[int, str]:
    """Number and hash of the last fact."""
    row = ChainHead.objects.of(company_id).get()
    return row.seq, row.hash


def _view(row: FactRecord) -> FactView:
    return FactView(**{name: getattr(row, name) for name in FactView.__dataclass_fields__})


def fact(*, company_id: UUID, fact_id: UUID) -> FactView | None:
    """One fact, or None when this company has none of that id."""
    row = FactRecord.objects.of(company_id).filter(id=fact_id).first()
    return _view(row) if row else None

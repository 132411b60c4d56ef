"""Portal links: made, revoked, and what is recorded when a customer looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import SignedLink
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute, fetch_rows
from acquit.history import unit
from acquit.stages.dispatch.facts import DocumentSeen
from acquit.stages.dispatch.rules import sending
from acquit.stages.invoices import queries as invoices

TOKEN_LENGTH_MIN = 22  # 128 bits in base 64
DAYS_MAX = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link for one document. The token is drawn by the caller from a source of secrets
    (``secrets.token_urlsafe(32)``); only its hash is kept, so it cannot be shown again."""

    document_id: UUID
    token: str
    days: int = sending.LINK_DAYS

    @property
    def key(self) -> str:
        return str(self.document_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """A customer opened the page of a document through a link."""

    document_id: UUID
    link_id: UUID


@command("dispatch.link")
def link(*, ctx: Context, items: Sequence[NewLink]) -> Outcome:
    """Links that open one document each, for some days; the ids are those of the links."""
    known = invoices.rows_by_id(company_id=ctx.company_id, ids={item.document_id for item in items})
    results, rows = [], []
    for item in items:
        fault = _fault(item, known=item.document_id in known)
        if fault is not None:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, (fault,)))
            continue
        row = SignedLink(
            id=ctx.ids.new(),
            company_id=ctx.company_id,
            purpose=sending.PURPOSE,
            subject_id=item.document_id,
            token_hash=sending.token_hash(item.token),
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=item.days),
        )
        rows.append(row)
        results.append(ItemResult(item.key, ItemState.DONE, row.id))
    SignedLink.objects.bulk_create(rows)
    return Outcome(tuple(results))


def _fault(item: NewLink, *, known: bool) -> Fault | None:
    if not known:
        return Fault("document.unknown", "there is no such document", "document_id")
    if len(item.token) < TOKEN_LENGTH_MIN:
        return Fault("link.token", "a token has at least 128 random bits", "token")
    if not 0 < item.days <= DAYS_MAX:
        return Fault("link.days", f"a link lives 1 to {DAYS_MAX} days", "days")
    return None


@command("dispatch.revoke_link")
def revoke_link(*, ctx: Context, items: Sequence[UUID]) -> Outcome:
    """Links stop opening at once; one that was revoked before is a duplicate."""
    done = {
        row[0]
        for row in fetch_rows(
            "UPDATE access_signed_link SET revoked_at = %s WHERE company_id = %s"
            " AND id = ANY(%s) AND revoked_at IS NULL RETURNING id",
            [ctx.now, ctx.company_id, list(items)],
        )
    }
    before = {
        row[0]
        for row in fetch_rows(
            "SELECT id FROM access_signed_link WHERE company_id = %s AND id = ANY(%s)",
            [ctx.company_id, list(items)],
        )
    }
    unknown = Fault("link.unknown", "there is no such link")
    return Outcome(
        tuple(
            ItemResult(str(one), ItemState.DONE, one)
            if one in done
            else ItemResult(str(one), ItemState.DUPLICATE, one)
            if one in before
            else ItemResult(str(one), ItemState.REFUSED, None, (unknown,))
            for one in items
        )
    )


@command("dispatch.see")
def see(*, ctx: Context, items: Sequence[Seeing]) -> Outcome:
    """Record that a document was looked at: once for each link and day.

    Mail scanners open every link with GET, so a GET changes nothing: the portal calls this from
    the POST that its page sends once it is shown, or that a download is.
    """
    ids = [item.link_id for item in items]
    execute(
        "SELECT id FROM access_signed_link WHERE company_id = %s AND id = ANY(%s)"
        " ORDER BY id FOR NO KEY UPDATE",
        [ctx.company_id, ids],
    )
    seen = {
        row[0]
        for row in fetch_rows(
            "SELECT payload->>'through' FROM history_fact WHERE company_id = %s"
            " AND subject_id = ANY(%s) AND kind = %s AND effective_on = %s",
            [
                ctx.company_id,
                [item.document_id for item in items],
                DocumentSeen.KIND,
                ctx.today,
            ],
        )
    }
    facts, results = [], []
    for item in items:
        through = f"link {item.link_id}"
        if through in seen:
            results.append(ItemResult(through, ItemState.DUPLICATE, item.document_id))
            continue
        seen.add(through)
        facts.append(
            DocumentSeen(subject_id=item.document_id, effective_on=ctx.today, through=through)
        )
        results.append(ItemResult(through, ItemState.DONE, item.document_id))
    unit.record(ctx, facts)
    return Outcome(tuple(results))

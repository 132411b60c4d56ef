"""Queue documents for their customers, over the channel that the policy and the customer want."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute, fetch_rows
from acquit.history import unit
from acquit.jobs import enqueue
from acquit.policy.queries import InForce, in_force
from acquit.stages.dispatch.facts import DispatchQueued
from acquit.stages.dispatch.rules import sending
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.queries.documents import DocumentRow
from acquit.stages.masterdata import queries as masterdata

JOB = "dispatch.render_and_send"
CHUNK = 100
CHANNELS = ("email", "portal", "print")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A document to send. An empty channel is the one chosen for the draft or else the policy's
    choice, an empty recipient the address on the document."""

    document_id: UUID
    channel: str = ""
    recipient: str = ""


class Way(NamedTuple):
    """One logical delivery: document, channel and recipient."""

    id: UUID
    document_id: UUID
    channel: str
    recipient: str
    key: str
    rule: str  # of the policy that chose the channel; empty where a person did


@command("dispatch.send")
def send(*, ctx: Context, items: Sequence[Sending]) -> Outcome:
    """One dispatch per document, channel and recipient; what was queued before is a duplicate.

    The jobs that render and send are queued in the same transaction (I29). ``ids`` are those of
    the dispatches. An e-mail without an address is refused, never dropped.
    """
    company = Company.objects.get(id=ctx.company_id)
    wanted = {item.document_id for item in items}
    rows = invoices.rows_by_id(company_id=ctx.company_id, ids=wanted)
    buyers = invoices.buyers(company_id=ctx.company_id, document_ids=wanted)
    customers = masterdata.customers_by_id(
        company_id=ctx.company_id, ids={row.customer_id for row in rows.values()}
    )
    policy = in_force(company_id=ctx.company_id, name="dispatch", on=ctx.today)
    ways: list[Way] = []
    results: list[ItemResult | Way] = []
    for item in items:
        row = rows.get(item.document_id)
        if row is None:
            unknown = Fault("document.unknown", "there is no such document", "document_id")
            results.append(_refused(item, unknown))
            continue
        customer = customers[row.customer_id]
        address = item.recipient or _address(buyers[item.document_id]) or customer.email
        channel, rule = item.channel or buyers[item.document_id]["channel"], ""
        if not channel:
            channel, rule = _channel(policy, row, customer, address)
        fault = _fault(channel, address, row)
        if fault is not None:
            results.append(_refused(item, fault))
            continue
        recipient = address if channel == "email" else customer.number
        way = Way(ctx.ids.new(), row.id, channel, recipient, row.number, rule)
        ways.append(way)
        results.append(way)
    made = _store(ctx, company, ways)
    _record(ctx, [way for way in ways if way.id in made])
    queue(ctx, [way.id for way in ways if way.id in made])
    return Outcome(tuple(_result(ctx, one, made) for one in results))


def queue(ctx: Context, ids: Sequence[UUID]) -> None:
    """Jobs for dispatches, some hundred in each."""
    enqueue(
        JOB,
        [
            {
                "company_id": str(ctx.company_id),
                "ids": [str(one) for one in ids[start : start + CHUNK]],
            }
            for start in range(0, len(ids), CHUNK)
        ],
    )


def _record(ctx: Context, ways: Sequence[Way]) -> None:
    """A fact for each way, with the rule that chose its channel: ``dispatch v2 row 3``."""
    by_rule: dict[str, list[DispatchQueued]] = {}
    for way in ways:
        fact = DispatchQueued(
            subject_id=way.id,
            effective_on=ctx.today,
            document_id=way.document_id,
            channel=way.channel,
            recipient=way.recipient,
        )
        by_rule.setdefault(way.rule, []).append(fact)
    for rule, facts in by_rule.items():
        unit.record(ctx.because(rule=rule), facts)


def _address(buyer: dict[str, Any]) -> str:
    contact = buyer["party"].get("contact") or {}
    return str(contact.get("email", ""))


def _channel(policy: InForce, row: DocumentRow, customer: Any, address: str) -> tuple[str, str]:
    """What the policy says of the document, and by which of its rows."""
    facts: dict[str, Any] = {
        "customer.number": customer.number,
        "customer.country": customer.country,
        "customer.segment": customer.segment or None,
        "customer.channel": customer.channel,
        "customer.has_email": bool(address),
        "customer.has_endpoint": bool(customer.endpoint_id),
        "document.kind": row.kind,
        "document.gross": row.gross.decimal,
    }
    decision = policy.table.decide(facts)
    return str(decision.value("channel") or "portal"), policy.rule(decision)


def _fault(channel: str, address: str, row: DocumentRow) -> Fault | None:
    if channel not in CHANNELS:
        fix = f"use one of {', '.join(CHANNELS)}"
        return Fault("dispatch.channel", f"no channel {channel!r}", "channel", fix=fix)
    if channel == "email" and not address:
        message = f"{row.customer_name} has no e-mail address for {row.number}"
        fix = "enter the address of the customer, or send over the portal"
        return Fault("dispatch.recipient", message, "recipient", fix=fix)
    if len(address) > 254 or any(ord(c) < 33 for c in address):
        return Fault("dispatch.recipient", "the address cannot be used", "recipient")
    return None


def _refused(item: Sending, fault: Fault) -> ItemResult:
    return ItemResult(str(item.document_id), ItemState.REFUSED, None, (fault,))


def _result(ctx: Context, one: ItemResult | Way, made: dict[UUID, UUID]) -> ItemResult:
    if isinstance(one, ItemResult):
        return one
    if one.id in made:
        return ItemResult(one.key, ItemState.DONE, one.id)
    return ItemResult(one.key, ItemState.DUPLICATE, None)


def _store(ctx: Context, company: Company, ways: Sequence[Way]) -> dict[UUID, UUID]:
    """Insert the new ones with their portal links; the ids that were new."""
    if not ways:
        return {}
    rows = fetch_rows(
        "INSERT INTO dispatch_dispatch (id, company_id, document_id, version, channel, recipient,"
        " message_id, state, attempts, xml_digest, pdf_digest, message_digest, last_error,"
        " due_at, queued_at)"
        " SELECT id, %(company)s, document, 1, channel, recipient, message, 'queued', 0, '', '',"
        " '', '', %(now)s, %(now)s FROM unnest(%(ids)s::uuid[], %(documents)s::uuid[],"
        " %(channels)s::text[], %(recipients)s::text[], %(messages)s::text[])"
        " AS new (id, document, channel, recipient, message)"
        " ON CONFLICT (company_id, document_id, version, channel, recipient) DO NOTHING"
        " RETURNING id, document_id",
        {
            "company": ctx.company_id,
            "now": ctx.now,
            "ids": [way.id for way in ways],
            "documents": [way.document_id for way in ways],
            "channels": [way.channel for way in ways],
            "recipients": [way.recipient for way in ways],
            "messages": [
                sending.message_id(dispatch_id=way.id, sender=company.email) for way in ways
            ],
        },
    )
    made = dict(rows)
    keep_links(ctx, made)
    return made


def keep_links(
    ctx: Context,
    subjects: dict[UUID, UUID],
    *,
    purpose: str = sending.PURPOSE,
    days: int = sending.LINK_DAYS,
) -> None:
    """The portal link in the mail of each dispatch or question (id -> what it opens), once; only
    its hash is stored."""
    if not subjects:
        return
    tokens = [sending.link_token(secret=settings.SECRET_KEY, dispatch_id=one) for one in subjects]
    execute(
        "INSERT INTO access_signed_link (id, company_id, purpose, subject_id, token_hash,"
        " created_at, expires_at) SELECT id, %s, %s, subject, hash, %s, %s"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS new (id, subject, hash)"
        " ON CONFLICT (company_id, token_hash) DO NOTHING",
        [
            ctx.company_id,
            purpose,
            ctx.now,
            ctx.now + timedelta(days=days),
            ctx.ids.many(len(subjects)),
            list(subjects.values()),
            [sending.token_hash(token) for token in tokens],
        ],
    )

"""The Apply page: one receipt with its proposals, and the search by numbers. Its queue is in
:mod:`.waiting`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.together import Read, Together, views
from acquit.stages.matching.models import BY_ITSELF
from acquit.stages.matching.queries.awaited import AwaitedView, awaited_of
from acquit.stages.matching.rules import reading
from acquit.stages.matching.rules.inputs import Reason
from acquit.stages.receipts.queries import ReceiptView, receipt
from acquit.stages.receivables.queries import (
    ITEM,
    AllocationView,
    ItemView,
    OpenClaim,
    allocations_of_receipt,
    claims_by_number,
    items_by_id,
)


@dataclass(frozen=True, slots=True)
class ProposalItem:
    """A document the proposal would settle, as it stands now. ``amount_minor`` is what it would
    be credited in its own ``currency``; ``credit_number`` names the credit note when it is netted,
    ``adjustment`` the reason when it is closed without money or exchanged."""

    open_item_id: UUID
    number: str
    amount_minor: int
    open_minor: int
    due_on: date
    customer_id: UUID | None
    credit_item_id: UUID | None
    credit_number: str
    currency: str
    adjustment: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    id: UUID
    rank: int
    probability: Decimal
    rivals: int
    action: str
    reason: str
    state: str
    rule: str
    total_minor: int
    currency: str
    items: tuple[ProposalItem, ...]
    evidence: tuple[Reason, ...]
    created_at: datetime
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class RecentProposal:
    """A best answer of an earlier run; ``residue_minor`` is the money it left over, as the
    policy is told it: below zero what was kept back, and what an exchange is off our rate.
    ``day_at_risk`` is what it was told of the day, None where it did not ask; ``is_posted``:
    applied by itself."""

    id: UUID
    created_at: datetime
    received_on: date
    payer_name: str
    amount_minor: int
    currency: str
    probability: Decimal
    rivals: int
    reason: str
    rule: str
    total_minor: int
    day_at_risk: Decimal | None
    is_posted: bool
    residue_minor: int
    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class AsideView:
    """Why money settles nothing, in the word of the command and in words; who said so."""

    reason: str
    note: str
    put_at: datetime
    put_by: str


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """The middle and right columns: the receipt, what is left of it, its proposals best first
    (standing ones before decided ones), and what was applied. ``spans`` are the pieces of its
    text that proposals recognised, in order, not overlapping: (start, end, kind). ``names`` are
    what its customers are called, its own and those of the proposals."""

    receipt: ReceiptView
    item: ItemView
    proposals: tuple[ProposalView, ...]
    allocations: tuple[AllocationView, ...]
    spans: tuple[tuple[int, int, str], ...]
    names: Mapping[UUID, str]
    aside: AsideView | None
    awaited: AwaitedView | None


def receipt_detail(
    *, company_id: UUID, receipt_id: UUID, beside: Together | None = None
) -> ReceiptDetail | None:
    """Everything about one receipt, by one statement, with what else is asked ``beside`` it."""
    asked = Together() if beside is None else beside
    values = {"company": company_id, "receipt": receipt_id}
    view = asked.add(receipt(company_id=company_id, receipt_id=receipt_id))
    kept = asked.add(Read(_PROPOSALS, values, lambda rows: rows))
    mentioned = asked.add(Read(_MENTIONED, values, lambda rows: rows))
    allocations = asked.add(allocations_of_receipt(company_id=company_id, receipt_id=receipt_id))
    aside = asked.add(Read(_ASIDE, values, lambda rows: views(AsideView, rows)))
    awaited = asked.add(awaited_of(company_id=company_id, receipt_id=receipt_id))
    if view.value is None:
        return None
    called = [row.pop("customer") for row in mentioned.value]
    found = views(ItemView, mentioned.value)
    items = {one.id: one for one in found}
    names = {one.customer_id: name for one, name in zip(found, called, strict=True)}
    proposals = tuple(_view(row, items) for row in kept.value)
    spans = {
        (piece.start, piece.end, piece.kind)
        for proposal in proposals
        for piece in proposal.evidence
        if piece.start >= 0
    }
    return ReceiptDetail(
        view.value,
        next(one for one in items.values() if one.receipt_id == receipt_id),
        proposals,
        tuple(allocations.value),
        _apart(sorted(spans)),
        {key: name for key, name in names.items() if key},
        next(iter(aside.value), None),
        awaited.value,
    )


def proposal(*, company_id: UUID, proposal_id: UUID) -> ProposalView | None:
    return proposals_by_id(company_id=company_id, ids=[proposal_id]).get(proposal_id)


def proposals_by_id(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ProposalView]:
    """Many proposals at once, for the list of automatic acts. Two queries."""
    kept = Read(
        f"{_PROPOSAL} AND id = ANY(%(ids)s::uuid[])",
        {"company": company_id, "ids": list(ids)},
        lambda rows: rows,
    ).alone()
    wanted = {UUID(share["open_item"]) for row in kept for share in row["items"]}
    now = items_by_id(company_id=company_id, item_ids=sorted(wanted))
    return {view.id: view for view in (_view(row, now) for row in kept)}


def recent_proposals(*, company_id: UUID, limit: int) -> list[RecentProposal]:
    """The latest best answers, as the policy was asked about them."""
    rows = fetch_rows(
        f"{_AS_ASKED} AND p.rank = 1 ORDER BY p.id DESC LIMIT %(limit)s",
        {"company": company_id, "limit": limit, "posted": sorted(BY_ITSELF)},
    )
    return [RecentProposal(*row) for row in rows]


def asked_proposal(*, company_id: UUID, proposal_id: UUID) -> RecentProposal | None:
    """One answer as the policy was asked about it."""
    rows = fetch_rows(
        f"{_AS_ASKED} AND p.id = %(id)s",
        {"company": company_id, "id": proposal_id, "posted": sorted(BY_ITSELF)},
    )
    return RecentProposal(*rows[0]) if rows else None


def find(*, company_id: UUID, text: str) -> list[OpenClaim]:
    """Open documents by pasted numbers, however they are separated or written."""
    claims = claims_by_number(company_id=company_id, keys=reading.keys(text))
    named = reading.ends_named(text, [claim.number for claim in claims])
    return [claim for claim in claims if claim.number in named]


_AS_ASKED = (
    "SELECT p.id, p.created_at, r.received_on, r.payer_name, r.amount_minor, p.currency,"
    " p.probability, p.rivals, p.reason, p.rule, p.total_minor, p.day_at_risk,"
    " p.state = 'accepted' AND p.action = ANY(%(posted)s), r.amount_minor - p.total_minor + ("
    "  SELECT coalesce(sum(CASE share->>'adjustment'"
    "  WHEN 'exchange' THEN (share->>'off_minor')::bigint"
    "  ELSE -(share->>'amount_minor')::bigint END), 0)::bigint"
    "  FROM jsonb_array_elements(p.items) AS share WHERE share->>'adjustment' <> ''),"
    " (SELECT i.customer_id FROM receivables_open_item i WHERE i.company_id = p.company_id"
    "  AND i.id = (p.items->0->>'open_item')::uuid)"
    " FROM matching_proposal p JOIN receipts_receipt r"
    " ON r.company_id = p.company_id AND r.id = p.receipt_id"
    " WHERE p.company_id = %(company)s"
)
_PROPOSAL = (
    "SELECT id, rank, probability, rivals, action, reason, state, rule, total_minor, currency,"
    " items, evidence, created_at, decided_at, decided_by FROM matching_proposal"
    " WHERE company_id = %(company)s"
)


_OF_RECEIPT = "receipt_id = %(receipt)s AND state <> 'superseded'"
_PROPOSALS = (
    f"{_PROPOSAL} AND {_OF_RECEIPT} ORDER BY state <> 'proposed', created_at DESC, rank, id"
)
# The receipt's own item and those that proposals would settle, with the names of the customers.
_ASIDE = (
    "SELECT reason, note, put_at, put_by FROM matching_aside"
    " WHERE company_id = %(company)s AND receipt_id = %(receipt)s AND state = 'aside'"
)
_MENTIONED = (
    f"SELECT {ITEM}, c.name AS customer FROM receivables_open_item i"
    " LEFT JOIN masterdata_customer c ON c.company_id = i.company_id AND c.id = i.customer_id"
    " WHERE i.company_id = %(company)s AND i.id = ANY(ARRAY("
    "SELECT id FROM receivables_open_item"
    " WHERE company_id = %(company)s AND receipt_id = %(receipt)s"
    " UNION ALL SELECT (share->>'open_item')::uuid FROM matching_proposal,"
    f" jsonb_array_elements(items) AS share WHERE company_id = %(company)s AND {_OF_RECEIPT}))"
)


def _view(row: dict[str, Any], now: Mapping[UUID, ItemView]) -> ProposalView:
    shares = tuple(item_of(share, now[UUID(share["open_item"])]) for share in row["items"])
    pieces = tuple(Reason(**piece) for piece in row["evidence"])
    (view,) = views(ProposalView, [{**row, "items": shares, "evidence": pieces}])
    return view


def item_of(kept: Mapping[str, Any], now: ItemView) -> ProposalItem:
    """A share as it was kept, with its document as it stands."""
    return ProposalItem(
        now.id,
        now.number,
        kept["amount_minor"],
        now.open_minor,
        now.due_on,
        now.customer_id,
        UUID(kept["credit_item"]) if kept.get("credit_item") else None,
        kept.get("credit_number", ""),
        now.currency,
        kept.get("adjustment", ""),
    )


def _apart(spans: Sequence[tuple[int, int, str]]) -> tuple[tuple[int, int, str], ...]:
    """The spans without those that begin inside an earlier one."""
    kept: list[tuple[int, int, str]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)

"""The Apply page: three queues, one receipt with its proposals, and the search by numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.together import Read, Together
from acquit.stages.matching.rules import reading
from acquit.stages.matching.rules.inputs import Reason
from acquit.stages.receipts.queries import ReceiptView, receipt
from acquit.stages.receivables.queries import (
    AllocationView,
    ItemView,
    OpenClaim,
    allocations_of,
    claims_by_number,
    items_by_id,
    items_of,
)

# How sure in millionths and how much money, both counted down; then its day and its item.
Cursor = tuple[int, int, date, UUID]


class Group(StrEnum):
    """Where a receipt waits."""

    AUTO = "auto"  # applied by a rule, still standing
    SUGGESTED = "suggested"  # open, and its best proposal is worth a look
    NEEDS_YOU = "needs_you"  # open, and nothing worth suggesting


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A receipt in the queue; the proposal fields are of its best proposal, if it has one."""

    receipt_id: UUID
    received_on: date
    payer_name: str
    text: str
    customer_id: UUID | None
    amount_minor: int
    open_minor: int
    currency: str
    proposal_id: UUID | None
    probability: Decimal
    rivals: int
    reason: str
    rule: str
    open_item_id: UUID  # of the receipt: the credit that an allocation takes from


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: tuple[QueueRow, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """Receipts of a group in one currency: how many, and how much is open (applied for auto)."""

    group: Group
    currency: str
    count: int
    minor: int


@dataclass(frozen=True, slots=True)
class SuggestedTotal:
    """Suggestions of one reason and currency: how many, and the money they would apply. Where
    other answers fit as well (``has_rivals``) nobody accepts them unseen."""

    reason: str
    currency: str
    has_rivals: bool
    count: int
    minor: int
    latest: datetime  # when the youngest of them was made


@dataclass(frozen=True, slots=True)
class KeyNumbers:
    """The head of the page. ``oldest_on``: day of the oldest money that settles nothing yet.
    ``auto_rate``: receipts applied by a rule since ``since``, of all applied since then, 0 to 1;
    None when none was."""

    totals: tuple[GroupTotal, ...]
    oldest_on: date | None
    auto_rate: Decimal | None


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
    policy is told it: below zero what was kept back, and what an exchange is off our rate."""

    received_on: date
    payer_name: str
    amount_minor: int
    currency: str
    probability: Decimal
    rivals: int
    reason: str
    residue_minor: int
    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """The middle and right columns: the receipt, what is left of it, its proposals best first
    (standing ones before decided ones), and what was applied. ``spans`` are the pieces of its
    text that proposals recognised, in order, not overlapping: (start, end, kind)."""

    receipt: ReceiptView
    item: ItemView
    proposals: tuple[ProposalView, ...]
    allocations: tuple[AllocationView, ...]
    spans: tuple[tuple[int, int, str], ...]


_BEST = (
    " LEFT JOIN matching_proposal p ON p.company_id = i.company_id AND p.state = 'proposed'"
    " AND p.rank = 1 AND p.receipt_id"
)
_IS_OPEN = "i.company_id = %(company)s AND i.kind = 'receipt' AND i.open_minor > 0"
_OPEN = (
    " FROM receivables_open_item i JOIN receipts_receipt r"
    " ON r.company_id = i.company_id AND r.id = i.receipt_id"
    f"{_BEST} = r.id WHERE {_IS_OPEN}"
)
_AUTO = (
    " FROM matching_proposal p JOIN receipts_receipt r"
    " ON r.company_id = p.company_id AND r.id = p.receipt_id"
    " JOIN receivables_open_item i ON i.company_id = p.company_id AND i.receipt_id = r.id"
    " WHERE p.company_id = %(company)s AND p.state = 'accepted' AND p.action = 'post'"
    " AND p.created_at >= %(since)s"
)
_FROM = {
    Group.AUTO: _AUTO,
    Group.SUGGESTED: f"{_OPEN} AND p.action = 'suggest'",
    Group.NEEDS_YOU: f"{_OPEN} AND coalesce(p.action, '') <> 'suggest'",
}

_SUGGESTED = f"{_FROM[Group.SUGGESTED]} AND p.probability >= %(over)s"


_KEYS = "-(coalesce(p.probability, 0) * 1000000)::bigint, -i.open_minor, i.effective_on, i.id"
_ORDER = {
    # As they were done, by the index of what was accepted; the last one seen tells its place.
    Group.AUTO: (
        "p.created_at, p.id",
        "SELECT created_at, id FROM matching_proposal"
        " WHERE company_id = %(company)s AND id = %(id)s",
    ),
    Group.SUGGESTED: (_KEYS, "%(sure)s, %(money)s, %(day)s, %(id)s"),
    Group.NEEDS_YOU: ("i.effective_on, i.id", "%(day)s, %(id)s"),
}


def queue(
    *, company_id: UUID, group: Group, since: datetime, limit: int, after: Cursor | None
) -> QueuePage:
    """One group of the queue: the surest suggestions first and of equal ones the most money; what
    needs you oldest money first; automatic acts as they were done, from ``since`` on."""
    values = _values(company_id, since, limit, after)
    return _page(fetch_rows(_select(group, is_turned=after is not None), values), limit)


def queues(
    *, company_id: UUID, since: datetime, limit: int, turned: tuple[Group, Cursor] | None
) -> dict[Group, QueuePage]:
    """A page of each group, all by one query; one of them may be turned to a later page."""
    at, after = turned or (None, None)
    sql = " UNION ALL ".join(f"({_select(group, is_turned=group is at)})" for group in Group)
    rows = fetch_rows(sql, _values(company_id, since, limit, after))
    return {group: _page([row for row in rows if row[0] == group], limit) for group in Group}


def _select(group: Group, *, is_turned: bool) -> str:
    order, last_seen = _ORDER[group]
    where = f" AND ({order}) > ({last_seen})" if is_turned else ""
    keys = _KEYS.replace("i.id", "p.id") if group is Group.AUTO else _KEYS
    return (
        f"SELECT '{group}', r.id, r.received_on, r.payer_name, r.text, i.customer_id,"
        " r.amount_minor, i.open_minor, r.currency, p.id, coalesce(p.probability, 0),"
        f" coalesce(p.rivals, 0), coalesce(p.reason, ''), coalesce(p.rule, ''), i.id, {keys}"
        f"{_FROM[group]}{where} ORDER BY {order} LIMIT %(limit)s"
    )


def _values(company_id: UUID, since: datetime, limit: int, after: Cursor | None) -> dict[str, Any]:
    sure, money, day, item = after or (None, None, None, None)
    return {
        "company": company_id,
        "since": since,
        "limit": limit + 1,
        "sure": sure,
        "money": money,
        "day": day,
        "id": item,
    }


def _page(rows: Sequence[tuple[Any, ...]], limit: int) -> QueuePage:
    page = rows[:limit]
    last: Cursor | None = None
    if len(rows) > limit:
        _group, *_columns, sure, money, day, item = page[-1]
        last = (sure, money, day, item)
    return QueuePage(tuple(QueueRow(*row[1:15]) for row in page), last)


def key_numbers(*, company_id: UUID, since: datetime) -> KeyNumbers:
    """Counts and totals of the three groups, the oldest unapplied day, the rate of the rules. One
    query."""
    values = {"company": company_id, "since": since}
    asked = Together()
    counted = asked.add(Read(_TOTALS, values, lambda rows: [_total(**row) for row in rows]))
    rates = asked.add(Read(_RATES, values, lambda rows: rows[0]))
    oldest, by_rule, applied = (rates.value[name] for name in ("oldest", "by_rule", "applied"))
    return KeyNumbers(
        tuple(counted.value),
        date.fromisoformat(oldest) if oldest else None,
        (Decimal(by_rule) / applied).quantize(Decimal("0.0001")) if applied else None,
    )


# What is open is counted in one pass for both of its groups; receipts themselves are not read.
_TOTALS = (
    "SELECT 'auto' AS group, currency, count(*), sum(total_minor)::bigint AS minor"
    " FROM matching_proposal WHERE company_id = %(company)s AND state = 'accepted'"
    " AND action = 'post' AND created_at >= %(since)s GROUP BY currency UNION ALL"
    " SELECT CASE WHEN p.action = 'suggest' THEN 'suggested' ELSE 'needs_you' END, i.currency,"
    " count(*), sum(i.open_minor)::bigint FROM receivables_open_item i"
    f"{_BEST} = i.receipt_id WHERE {_IS_OPEN} GROUP BY 1, 2 ORDER BY 1, 2"
)
_RATES = (
    "SELECT (SELECT min(effective_on) FROM receivables_open_item"
    "  WHERE company_id = %(company)s AND kind = 'receipt' AND open_minor > 0) AS oldest,"
    " count(*) FILTER (WHERE action = 'post') AS by_rule, count(*) AS applied"
    " FROM matching_proposal"
    " WHERE company_id = %(company)s AND state = 'accepted' AND created_at >= %(since)s"
)


def _total(*, group: str, currency: str, count: int, minor: int) -> GroupTotal:
    return GroupTotal(Group(group), currency, count, minor)


def suggested_totals(*, company_id: UUID, over: Decimal) -> list[SuggestedTotal]:
    """The suggestions with at least this probability, by reason."""
    rows = fetch_rows(
        "SELECT p.reason, p.currency, p.rivals > 0, count(*), sum(p.total_minor),"
        f" max(p.created_at){_SUGGESTED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        {"company": company_id, "over": over},
    )
    return [
        SuggestedTotal(reason, currency, has_rivals, count, int(minor), latest)
        for reason, currency, has_rivals, count, minor, latest in rows
    ]


def suggested(*, company_id: UUID, over: Decimal, until: datetime) -> list[UUID]:
    """The suggestions themselves, oldest money first: made up to an instant, without rivals."""
    rows = fetch_rows(
        f"SELECT p.id{_SUGGESTED} AND p.rivals = 0 AND p.created_at <= %(until)s"
        " ORDER BY i.effective_on, i.id",
        {"company": company_id, "over": over, "until": until},
    )
    return [key for (key,) in rows]


def receipt_detail(*, company_id: UUID, receipt_id: UUID) -> ReceiptDetail | None:
    """Everything about one receipt, in a fixed number of queries."""
    view = receipt(company_id=company_id, receipt_id=receipt_id)
    if view is None:
        return None
    (item,) = items_of(company_id=company_id, document_ids=[], receipt_ids=[receipt_id])
    proposals = _proposals(company_id, receipt_id)
    spans = {
        (piece.start, piece.end, piece.kind)
        for proposal in proposals
        for piece in proposal.evidence
        if piece.start >= 0
    }
    return ReceiptDetail(
        view,
        item,
        proposals,
        tuple(allocations_of(company_id=company_id, item_ids=[item.id])),
        _apart(sorted(spans)),
    )


def proposal(*, company_id: UUID, proposal_id: UUID) -> ProposalView | None:
    rows = fetch_rows(f"{_PROPOSAL} AND id = %(id)s", {"company": company_id, "id": proposal_id})
    return _views(company_id, rows)[0] if rows else None


def proposals_by_id(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ProposalView]:
    """Many proposals at once, for the list of automatic acts. Two queries."""
    rows = fetch_rows(
        f"{_PROPOSAL} AND id = ANY(%(ids)s)", {"company": company_id, "ids": list(ids)}
    )
    return {view.id: view for view in _views(company_id, rows)}


def recent_proposals(*, company_id: UUID, limit: int) -> list[RecentProposal]:
    """The latest best answers, as the policy was asked about them."""
    rows = fetch_rows(
        "SELECT r.received_on, r.payer_name, r.amount_minor, p.currency, p.probability,"
        " p.rivals, p.reason, r.amount_minor - p.total_minor + ("
        "  SELECT coalesce(sum(CASE share->>'adjustment'"
        "  WHEN 'exchange' THEN (share->>'off_minor')::bigint"
        "  ELSE -(share->>'amount_minor')::bigint END), 0)::bigint"
        "  FROM jsonb_array_elements(p.items) AS share WHERE share->>'adjustment' <> ''),"
        " (SELECT i.customer_id FROM receivables_open_item i WHERE i.company_id = p.company_id"
        "  AND i.id = (p.items->0->>'open_item')::uuid)"
        " FROM matching_proposal p JOIN receipts_receipt r"
        " ON r.company_id = p.company_id AND r.id = p.receipt_id"
        " WHERE p.company_id = %(company)s AND p.rank = 1 ORDER BY p.id DESC LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    )
    return [RecentProposal(*row) for row in rows]


def find(*, company_id: UUID, text: str) -> list[OpenClaim]:
    """Open documents by pasted numbers, however they are separated or written."""
    return claims_by_number(company_id=company_id, keys=reading.keys(text))


_PROPOSAL = (
    "SELECT id, rank, probability, rivals, action, reason, state, rule, total_minor, currency,"
    " items, evidence, created_at, decided_at, decided_by FROM matching_proposal"
    " WHERE company_id = %(company)s"
)


def _proposals(company_id: UUID, receipt_id: UUID) -> tuple[ProposalView, ...]:
    rows = fetch_rows(
        f"{_PROPOSAL} AND receipt_id = %(receipt)s AND state <> 'superseded'"
        " ORDER BY state <> 'proposed', created_at DESC, rank, id",
        {"company": company_id, "receipt": receipt_id},
    )
    return _views(company_id, rows)


def _views(company_id: UUID, rows: Sequence[tuple[Any, ...]]) -> tuple[ProposalView, ...]:
    kept = [(row, _json(row[10]), _json(row[11])) for row in rows]
    ids = {UUID(item["open_item"]) for _row, items, _e in kept for item in items}
    now = items_by_id(company_id=company_id, item_ids=sorted(ids))
    views = []
    for row, items, evidence in kept:
        shares = tuple(_item(item, now[UUID(item["open_item"])]) for item in items)
        pieces = tuple(Reason(**piece) for piece in evidence)
        views.append(ProposalView(*(*row[:10], shares, pieces, *row[12:])))
    return tuple(views)


def _item(kept: dict[str, Any], now: ItemView) -> ProposalItem:
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


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _apart(spans: Sequence[tuple[int, int, str]]) -> tuple[tuple[int, int, str], ...]:
    """The spans without those that begin inside an earlier one."""
    kept: list[tuple[int, int, str]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)

"""The Apply page: three queues, one receipt with its proposals, and the search by numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.prepared import fetch_prepared
from acquit.database.together import Read, Rows, Together, count, views
from acquit.history.kept import unless_kept
from acquit.stages.matching.queries import gaps
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
    question: str  # the state of the question to the customer that is not done with, or ""


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
    None when none was. ``returns``: returned payments that wait for a decision; ``answers``: what
    customers said, or could not be asked, that waits for a person; ``overdue``: gaps to be cleared
    by now."""

    totals: tuple[GroupTotal, ...]
    oldest_on: date | None
    auto_rate: Decimal | None
    returns: int
    answers: int
    overdue: int


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
    text that proposals recognised, in order, not overlapping: (start, end, kind). ``names`` are
    what its customers are called, its own and those of the proposals."""

    receipt: ReceiptView
    item: ItemView
    proposals: tuple[ProposalView, ...]
    allocations: tuple[AllocationView, ...]
    spans: tuple[tuple[int, int, str], ...]
    names: Mapping[UUID, str]


_BEST = "p.state = 'proposed' AND p.rank = 1"
_IS_OPEN = "i.company_id = %(company)s AND i.kind = 'receipt' AND i.open_minor > 0"
_OF_ITEM = (
    " FROM matching_proposal p JOIN receivables_open_item i"
    " ON i.company_id = p.company_id AND i.receipt_id = p.receipt_id"
)
_SUGGESTED = (
    f"{_OF_ITEM} WHERE p.company_id = %(company)s AND {_BEST} AND p.action = 'suggest'"
    f" AND {_IS_OPEN}"
)


# Each group is read along an index and by indexes alone: what was accepted, what is suggested and
# how surely, what is open and since when. Only the rows of the page are then read whole.
_ITS = "i.id AS item, i.customer_id, i.open_minor, i.effective_on"
_FOUND = {
    Group.AUTO: f"SELECT p.receipt_id, p.id AS proposal, {_ITS}{_OF_ITEM}"
    " WHERE p.company_id = %(company)s AND p.state = 'accepted' AND p.action = 'post'"
    " AND p.created_at >= %(since)s{beyond} ORDER BY p.created_at, p.id LIMIT {limit}",
    Group.SUGGESTED: f"SELECT p.receipt_id, p.id AS proposal, {_ITS}{_SUGGESTED}{{beyond}}"
    " ORDER BY p.probability DESC, -i.open_minor, i.effective_on, i.id LIMIT {limit}",
    Group.NEEDS_YOU: f"SELECT i.receipt_id, p.id AS proposal, {_ITS} FROM receivables_open_item i"
    " LEFT JOIN matching_proposal p"
    f" ON p.company_id = i.company_id AND p.receipt_id = i.receipt_id AND {_BEST}"
    f" WHERE {_IS_OPEN} AND coalesce(p.action, '') <> 'suggest'{{beyond}}"
    " ORDER BY i.effective_on, i.id LIMIT {limit}",
}
_BEYOND = {
    # The last one seen tells its place among those that were accepted.
    Group.AUTO: " AND (p.created_at, p.id) > (SELECT created_at, id FROM matching_proposal"
    " WHERE company_id = %(company)s AND id = %(id)s)",
    Group.SUGGESTED: " AND p.probability <= -%(sure)s::numeric / 1000000"
    " AND (-p.probability * 1000000, -i.open_minor, i.effective_on, i.id)"
    " > (%(sure)s, %(money)s, %(day)s, %(id)s)",
    Group.NEEDS_YOU: " AND (i.effective_on, i.id) > (%(day)s, %(id)s)",
}


def queue(
    *, company_id: UUID, group: Group, since: datetime, limit: int, after: Cursor | None
) -> QueuePage:
    """One group of the queue: the surest suggestions first and of equal ones the most money; what
    needs you oldest money first; automatic acts as they were done, from ``since`` on."""
    turned = (group, after) if after else None
    return _pages(company_id, (group,), since, limit, turned)[group]


def queues(
    *, company_id: UUID, since: datetime, limit: int, turned: tuple[Group, Cursor] | None
) -> dict[Group, QueuePage]:
    """A page of each group, all by one query; one of them may be turned to a later page."""
    return _pages(company_id, tuple(Group), since, limit, turned)


def _pages(
    company_id: UUID,
    groups: Sequence[Group],
    since: datetime,
    limit: int,
    turned: tuple[Group, Cursor] | None,
) -> dict[Group, QueuePage]:
    at, after = turned or (None, None)
    found = " UNION ALL ".join(
        f"SELECT '{group}' AS group, row_number() OVER () AS place, found.*"
        f" FROM ({_found(group, limit, is_turned=group is at)}) AS found"
        for group in groups
    )
    rows = fetch_prepared(_ROWS.format(found=found), _values(company_id, since, after))
    return {group: _page([row for row in rows if row[0] == group], limit) for group in groups}


def _found(group: Group, limit: int, *, is_turned: bool) -> str:
    beyond = _BEYOND[group] if is_turned else ""
    return _FOUND[group].format(beyond=beyond, limit=limit + 1)


_ROWS = (
    "SELECT f.group, r.id, r.received_on, r.payer_name, r.text, f.customer_id, r.amount_minor,"
    " f.open_minor, r.currency, p.id, coalesce(p.probability, 0), coalesce(p.rivals, 0),"
    " coalesce(p.reason, ''), coalesce(p.rule, ''), f.item,"
    " coalesce((SELECT q.state FROM matching_question q WHERE q.company_id = %(company)s"
    "  AND q.receipt_id = f.receipt_id AND q.state IN ('queued', 'asked', 'failed', 'answered')"
    "  ORDER BY q.id DESC LIMIT 1), ''),"
    " -(coalesce(p.probability, 0) * 1000000)::bigint, -f.open_minor, f.effective_on,"
    f" CASE f.group WHEN '{Group.AUTO}' THEN p.id ELSE f.item END FROM ({{found}}) AS f"
    " JOIN receipts_receipt r ON r.company_id = %(company)s AND r.id = f.receipt_id"
    " LEFT JOIN matching_proposal p ON p.company_id = %(company)s AND p.id = f.proposal"
    " ORDER BY f.group, f.place"
)


def _values(company_id: UUID, since: datetime, after: Cursor | None) -> dict[str, Any]:
    sure, money, day, item = after or (None, None, None, None)
    return {
        "company": company_id,
        "since": since,
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
    return QueuePage(tuple(QueueRow(*row[1:16]) for row in page), last)


def key_numbers(*, company_id: UUID, since: datetime, today: date) -> KeyNumbers:
    """Counts and totals of the three groups, the oldest unapplied day, the rate of the rules. One
    query."""
    values, asked = {"company": company_id, "since": since}, Together()
    accepted = asked.add(_unless_kept(_ACCEPTED, values))
    waiting = asked.add(_unless_kept(_WAITING, {"company": company_id}))
    returned = asked.add(count(_RETURNED, values))
    answered = asked.add(count(_ANSWERED, values))
    late = asked.add(gaps.overdue(company_id=company_id, today=today))
    by_rule = [row for row in accepted.value if row["by_rule"]]
    applied = sum(row["count"] for row in accepted.value)
    totals = [_total(Group.AUTO, row) for row in by_rule]
    for row in waiting.value:
        totals.append(_total(Group.SUGGESTED if row["suggested"] else Group.NEEDS_YOU, row))
    rate = Decimal(sum(row["count"] for row in by_rule)) / applied if applied else None
    return KeyNumbers(
        tuple(totals),
        min((date.fromisoformat(row["oldest"]) for row in waiting.value), default=None),
        None if rate is None else rate.quantize(Decimal("0.0001")),
        returned.value,
        answered.value,
        late.value,
    )


def _unless_kept(sql: str, values: Mapping[str, Any]) -> Read[Rows]:
    """Every change of what waits or was accepted is told by a fact: of money, or of a proposal."""
    return unless_kept(Read(sql, values, lambda rows: rows), company_id=values["company"])


# All are answered by indexes alone.
_RETURNED = (
    "SELECT count(*) FROM matching_return"
    " WHERE company_id = %(company)s AND state IN ('waiting', 'undone')"
)
_ANSWERED = (
    "SELECT count(*) FROM matching_question"
    " WHERE company_id = %(company)s AND state IN ('answered', 'failed')"
)
_ACCEPTED = (
    "SELECT action = 'post' AS by_rule, currency, count(*), sum(total_minor)::bigint AS minor"
    " FROM matching_proposal WHERE company_id = %(company)s AND state = 'accepted'"
    " AND created_at >= %(since)s GROUP BY 1, 2 ORDER BY 1, 2"
)
_WAITING = (
    "SELECT coalesce(p.action, '') = 'suggest' AS suggested, i.currency, count(*),"
    " sum(i.open_minor)::bigint AS minor, min(i.effective_on) AS oldest"
    " FROM receivables_open_item i LEFT JOIN matching_proposal p"
    f" ON p.company_id = i.company_id AND p.receipt_id = i.receipt_id AND {_BEST}"
    f" WHERE {_IS_OPEN} GROUP BY 1, 2 ORDER BY 1, 2"
)


def _total(group: Group, row: Mapping[str, Any]) -> GroupTotal:
    return GroupTotal(group, row["currency"], row["count"], row["minor"])


def suggested_totals(*, company_id: UUID, over: Decimal) -> list[SuggestedTotal]:
    """The suggestions with at least this probability, by reason."""
    rows = fetch_rows(
        "SELECT p.reason, p.currency, p.rivals > 0, count(*), sum(p.total_minor),"
        f" max(p.created_at){_SUGGESTED} AND p.probability >= %(over)s"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        {"company": company_id, "over": over},
    )
    return [
        SuggestedTotal(reason, currency, has_rivals, count, int(minor), latest)
        for reason, currency, has_rivals, count, minor, latest in rows
    ]


def suggested(*, company_id: UUID, over: Decimal, until: datetime) -> list[UUID]:
    """The suggestions themselves, oldest money first: made up to an instant, without rivals."""
    rows = fetch_rows(
        f"SELECT p.id{_SUGGESTED} AND p.probability >= %(over)s AND p.rivals = 0"
        " AND p.created_at <= %(until)s"
        " ORDER BY i.effective_on, i.id",
        {"company": company_id, "over": over, "until": until},
    )
    return [key for (key,) in rows]


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


_OF_RECEIPT = "receipt_id = %(receipt)s AND state <> 'superseded'"
_PROPOSALS = (
    f"{_PROPOSAL} AND {_OF_RECEIPT} ORDER BY state <> 'proposed', created_at DESC, rank, id"
)
# The receipt's own item and those that proposals would settle, with the names of the customers.
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

"""The queue of the Apply page: what is suggested, what needs a person, what was put aside, and what
rules did; with its counts and totals."""

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
from acquit.database.together import Read, Rows, Together, count
from acquit.history.kept import unless_kept
from acquit.stages.matching.queries import gaps, posted
from acquit.stages.matching.queries.awaited import AWAITED
from acquit.stages.receivables.queries import TURN_SQL

APPROVAL = "approval"
# The turn of what waits for a person, its day, and its item; of what has a proposal the proposal.
Cursor = tuple[int, date, UUID]


class Group(StrEnum):
    """Where a receipt waits."""

    AUTO = "auto"  # applied by a rule, still standing
    SUGGESTED = "suggested"  # open, and its best proposal is worth a look
    NEEDS_YOU = "needs_you"  # open, and nothing worth suggesting
    ASIDE = "aside"  # open, and put aside for a reason, asked about or asked for


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
    is_answered: bool  # whether the proposal names documents
    rule: str
    open_item_id: UUID  # of the receipt: the credit that an allocation takes from
    question: str  # the state of the question to the customer that is not done with, or ""
    aside: str  # why somebody put it aside; APPROVAL, where a second person decides; or ""


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
    by now; ``unseen``: what rules posted with undo and nobody looked at."""

    totals: tuple[GroupTotal, ...]
    oldest_on: date | None
    auto_rate: Decimal | None
    returns: int
    answers: int
    overdue: int
    unseen: int


_BEST = "p.state = 'proposed' AND p.rank = 1"
_IS_OPEN = "i.company_id = %(company)s AND i.kind = 'receipt' AND i.open_minor > 0"
_OF_ITEM = (
    " FROM matching_proposal p JOIN receivables_open_item i"
    " ON i.company_id = p.company_id AND i.receipt_id = p.receipt_id"
)
_PUT_ASIDE = (
    "SELECT a.receipt_id FROM matching_aside a"
    " WHERE a.company_id = %(company)s AND a.state = 'aside'"
)
# Until the customer answers, or his time is over: since when that is so comes from outside.
_ASKED = (
    "SELECT q.receipt_id FROM matching_question q WHERE q.company_id = %(company)s"
    " AND q.state IN ('queued', 'asked') AND q.expires_at > %(since)s"
)
_NOT_PUT_ASIDE = f"NOT EXISTS ({_PUT_ASIDE} AND a.receipt_id = i.receipt_id)"
_NOT_ASKED = f"NOT EXISTS ({_ASKED} AND q.receipt_id = i.receipt_id)"
_NOT_AWAITED = (
    f"NOT EXISTS (SELECT 1 FROM ({AWAITED}) AS awaited WHERE awaited.receipt_id = i.receipt_id)"
)
_SUGGESTED = (
    f"{_OF_ITEM} WHERE p.company_id = %(company)s AND {_BEST} AND p.action = 'suggest'"
    f" AND {_IS_OPEN} AND {_NOT_PUT_ASIDE} AND {_NOT_AWAITED}"
)
_WITH_BEST = (
    " LEFT JOIN matching_proposal p"
    f" ON p.company_id = i.company_id AND p.receipt_id = i.receipt_id AND {_BEST}"
)


# Each group is read along an index and by indexes alone: what was accepted, what is suggested and
# what is open, both in their turn. Only the rows of the page are then read whole.
_ITS = "i.id AS item, i.customer_id, i.open_minor, i.effective_on"
_TURN = TURN_SQL.replace("effective_on", "i.effective_on").replace("open_func", "i.open_func")
_FOUND = {
    Group.AUTO: f"SELECT p.receipt_id, p.id AS proposal, {_ITS}, 0 AS turn{_OF_ITEM}"
    " WHERE p.company_id = %(company)s AND p.state = 'accepted'"
    " AND p.action IN ('post', 'post_undo') AND p.created_at >= %(since)s{beyond}"
    " ORDER BY p.created_at, p.id LIMIT {limit}",
    Group.SUGGESTED: f"SELECT p.receipt_id, p.id AS proposal, {_ITS}, p.turn{_SUGGESTED}"
    "{beyond} ORDER BY p.turn, p.id LIMIT {limit}",
    Group.NEEDS_YOU: f"SELECT i.receipt_id, p.id AS proposal, {_ITS}, {_TURN} AS turn"
    f" FROM receivables_open_item i{_WITH_BEST}"
    f" WHERE {_IS_OPEN} AND coalesce(p.action, '') <> 'suggest'"
    f" AND {_NOT_PUT_ASIDE} AND {_NOT_AWAITED} AND {_NOT_ASKED}{{beyond}}"
    f" ORDER BY {_TURN}, i.id LIMIT {{limit}}",
    # What is asked about and suggested as well stays where it can be accepted.
    Group.ASIDE: f"SELECT i.receipt_id, p.id AS proposal, {_ITS}, 0 AS turn FROM"
    f" (SELECT receipt_id, bool_or(is_put) AS is_put FROM (SELECT receipt_id, true AS is_put"
    f" FROM ({_PUT_ASIDE}) AS put UNION ALL SELECT receipt_id, true FROM ({AWAITED}) AS awaited"
    f" UNION ALL SELECT receipt_id, false FROM ({_ASKED}) AS asked)"
    " AS away GROUP BY 1) AS away JOIN receivables_open_item i"
    " ON i.company_id = %(company)s AND i.receipt_id = away.receipt_id"
    f"{_WITH_BEST} WHERE {_IS_OPEN} AND (away.is_put OR coalesce(p.action, '') <> 'suggest')"
    "{beyond} ORDER BY i.effective_on, i.id LIMIT {limit}",
}
_BEYOND = {
    # The last one seen tells its place among those that were accepted.
    Group.AUTO: " AND (p.created_at, p.id) > (SELECT created_at, id FROM matching_proposal"
    " WHERE company_id = %(company)s AND id = %(id)s)",
    Group.SUGGESTED: " AND (p.turn, p.id) > (%(turn)s, %(id)s)",
    Group.NEEDS_YOU: f" AND ({_TURN}, i.id) > (%(turn)s, %(id)s)",
    Group.ASIDE: " AND (i.effective_on, i.id) > (%(day)s, %(id)s)",
}


def queue(
    *, company_id: UUID, group: Group, since: datetime, limit: int, after: Cursor | None
) -> QueuePage:
    """One group of the queue: what is suggested and what needs you by its money and how long it
    waits; automatic acts as they were done, from ``since`` on."""
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
    " coalesce(p.reason, ''), coalesce(p.total_minor, 0) > 0, coalesce(p.rule, ''), f.item,"
    " coalesce((SELECT q.state FROM matching_question q WHERE q.company_id = %(company)s"
    "  AND q.receipt_id = f.receipt_id AND q.state IN ('queued', 'asked', 'failed', 'answered')"
    "  ORDER BY q.id DESC LIMIT 1), ''),"
    " coalesce((SELECT a.reason FROM matching_aside a WHERE a.company_id = %(company)s"
    "  AND a.receipt_id = f.receipt_id AND a.state = 'aside'),"
    f" CASE f.group WHEN '{Group.ASIDE}' THEN (SELECT '{APPROVAL}' FROM ({AWAITED}) AS awaited"
    "  WHERE awaited.receipt_id = f.receipt_id LIMIT 1) END, ''),"
    " f.turn, f.effective_on,"
    f" CASE WHEN f.group IN ('{Group.AUTO}', '{Group.SUGGESTED}') THEN p.id ELSE f.item END"
    " FROM ({found}) AS f"
    " JOIN receipts_receipt r ON r.company_id = %(company)s AND r.id = f.receipt_id"
    " LEFT JOIN matching_proposal p ON p.company_id = %(company)s AND p.id = f.proposal"
    " ORDER BY f.group, f.place"
)


def _values(company_id: UUID, since: datetime, after: Cursor | None) -> dict[str, Any]:
    turn, day, item = after or (None, None, None)
    return {
        "company": company_id,
        "since": since,
        "turn": turn,
        "day": day,
        "id": item,
    }


def _page(rows: Sequence[tuple[Any, ...]], limit: int) -> QueuePage:
    page = rows[:limit]
    last: Cursor | None = None
    if len(rows) > limit:
        _group, *_columns, turn, day, item = page[-1]
        last = (turn, day, item)
    return QueuePage(tuple(QueueRow(*row[1:18]) for row in page), last)


def key_numbers(*, company_id: UUID, since: datetime, today: date) -> KeyNumbers:
    """Counts and totals of the groups, the oldest unapplied day, the rate of the rules. One
    query."""
    values, asked = {"company": company_id, "since": since}, Together()
    accepted = asked.add(_unless_kept(_ACCEPTED, values))
    waiting = asked.add(_unless_kept(_WAITING, values))
    returned = asked.add(count(_RETURNED, values))
    answered = asked.add(count(_ANSWERED, values))
    unseen = asked.add(count(posted.COUNT, values))
    late = asked.add(gaps.overdue(company_id=company_id, today=today))
    by_rule = [row for row in accepted.value if row["by_rule"]]
    applied = sum(row["count"] for row in accepted.value)
    totals = [_total(Group.AUTO, row) for row in by_rule]
    for row in waiting.value:
        totals.append(_total(Group(row["waits"]), row))
    rate = Decimal(sum(row["count"] for row in by_rule)) / applied if applied else None
    return KeyNumbers(
        tuple(totals),
        min((date.fromisoformat(row["oldest"]) for row in waiting.value), default=None),
        None if rate is None else rate.quantize(Decimal("0.0001")),
        returned.value,
        answered.value,
        late.value,
        unseen.value,
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
    "SELECT action IN ('post', 'post_undo') AS by_rule, currency, count(*),"
    " sum(total_minor)::bigint AS minor FROM matching_proposal"
    " WHERE company_id = %(company)s AND state = 'accepted'"
    " AND created_at >= %(since)s GROUP BY 1, 2 ORDER BY 1, 2"
)
_WAITING = (
    f"SELECT CASE WHEN put.receipt_id IS NOT NULL OR NOT {_NOT_AWAITED} THEN '{Group.ASIDE}'"
    f" WHEN p.action = 'suggest' THEN '{Group.SUGGESTED}'"
    f" WHEN asked.receipt_id IS NOT NULL THEN '{Group.ASIDE}' ELSE '{Group.NEEDS_YOU}' END"
    " AS waits, i.currency, count(*), sum(i.open_minor)::bigint AS minor,"
    " min(i.effective_on) AS oldest"
    f" FROM receivables_open_item i{_WITH_BEST}"
    f" LEFT JOIN ({_PUT_ASIDE}) AS put ON put.receipt_id = i.receipt_id"
    f" LEFT JOIN ({_ASKED}) AS asked ON asked.receipt_id = i.receipt_id"
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

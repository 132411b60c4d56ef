"""A proposal is undone when nothing of what it applied stands any more; what money leaves open is
a gap; a question and what was proposed end when the money they are about is applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.database.copy import copy_rows, execute, fetch_rows, uuid_array
from acquit.history import unit
from acquit.history.facts import Fact, Recorded
from acquit.policy.queries import in_force
from acquit.policy.registry import GAP_OWNERS
from acquit.stages.masterdata.queries import customers_by_id
from acquit.stages.matching.commands.ask import put_away_fact
from acquit.stages.matching.facts import (
    GapClosed,
    GapNoted,
    GapReopened,
    ProposalUndone,
)
from acquit.stages.matching.models import GAP, Gap
from acquit.stages.matching.rules.gaps import Closing, Rest, gap_facts, kind_of, state_after
from acquit.stages.receivables.facts import AllocationUndone, CashApplied


def note_undone(ctx: Context, undone: Sequence[Recorded[AllocationUndone]]) -> None:
    """Whoever took the allocations back, by proposal, by receipt or one by one."""
    rows = fetch_rows(
        "UPDATE matching_proposal AS p SET state = 'undone', decided_at = %(now)s,"
        " decided_by = %(who)s WHERE p.company_id = %(company)s AND p.state = 'accepted'"
        " AND p.id IN (SELECT a.proposal_id FROM receivables_allocation a"
        "  WHERE a.company_id = %(company)s AND a.id = ANY(%(ids)s))"
        " AND NOT EXISTS (SELECT 1 FROM receivables_allocation a"
        "  WHERE a.company_id = %(company)s AND a.proposal_id = p.id AND a.reverses_id IS NULL"
        "  AND NOT EXISTS (SELECT 1 FROM receivables_allocation r"
        "   WHERE r.company_id = %(company)s AND r.reverses_id = a.id))"
        " RETURNING p.id, p.receipt_id",
        {
            "now": ctx.now,
            "who": ctx.actor.name,
            "company": ctx.company_id,
            "ids": [item.fact.undone_id for item in undone],
        },
    )
    facts = [
        ProposalUndone(subject_id=id_, effective_on=ctx.today, receipt_id=receipt_id)
        for id_, receipt_id in rows
    ]
    unit.record(ctx, facts)


def end_questions(ctx: Context, applied: Sequence[Recorded[CashApplied]]) -> None:
    """Money that a customer was asked about is applied: his answer is not needed any more, and
    one that waited for a person is done with when all of it is."""
    rows = fetch_rows(
        "UPDATE matching_question AS q SET decided_at = %(now)s, decided_by = %(who)s,"
        " state = CASE q.state WHEN 'answered' THEN 'closed' ELSE 'withdrawn' END"
        " FROM receivables_open_item i WHERE q.company_id = %(company)s"
        " AND q.state IN ('queued', 'asked', 'failed', 'answered')"
        " AND i.company_id = q.company_id AND i.receipt_id = q.receipt_id"
        " AND i.id = ANY(%(ids)s::uuid[]) AND i.open_minor < q.left_minor"
        " AND (q.state <> 'answered' OR i.open_minor = 0) RETURNING q.id, q.receipt_id, q.state",
        {
            "now": ctx.now,
            "who": ctx.actor.name,
            "company": ctx.company_id,
            "ids": uuid_array(one.fact.credit_item_id for one in applied),
        },
    )
    why = "the money was applied meanwhile"
    unit.record(ctx, [put_away_fact(id_, of, state, ctx, why=why) for id_, of, state in rows])


def end_proposals(ctx: Context, applied: Sequence[Recorded[CashApplied]]) -> None:
    """What was proposed for money of which nothing is left by now: somebody applied it by hand.
    Who accepts an answer does that himself, and a rule applies nothing without one.

    Who accepts holds the proposals and waits for the items that are held here: what he holds is
    passed over, since waiting for him would lock each other out."""
    if ctx.rule:
        return
    execute(
        "UPDATE matching_proposal SET state = 'superseded', decided_at = %(now)s,"
        " decided_by = %(who)s WHERE company_id = %(company)s AND id IN ("
        "  SELECT p.id FROM receivables_allocation a JOIN receivables_open_item i"
        "   ON i.company_id = a.company_id AND i.id = a.credit_item_id AND i.open_minor = 0"
        "  JOIN matching_proposal p ON p.company_id = a.company_id"
        "   AND p.receipt_id = i.receipt_id AND p.state = 'proposed'"
        "  WHERE a.company_id = %(company)s AND a.id = ANY(%(ids)s::uuid[])"
        "  AND a.proposal_id IS NULL ORDER BY p.id FOR NO KEY UPDATE OF p SKIP LOCKED)",
        {
            "now": ctx.now,
            "who": ctx.actor.name,
            "company": ctx.company_id,
            "ids": uuid_array(one.fact.subject_id for one in applied),
        },
    )


DAYS_MAX = 3_650

Moved = Recorded[CashApplied] | Recorded[AllocationUndone]


class _Item(NamedTuple):
    """An item that was moved, with its latest gap and the last money that stands in it."""

    id: UUID
    is_receipt: bool
    customer_id: UUID | None
    number: str
    currency: str
    original_minor: int
    rest_minor: int
    rest_functional_minor: int
    discount_until: date | None
    gap_id: UUID | None
    state: str
    receipt_id: UUID | None
    money_minor: int
    is_exchanged: bool
    received_on: date | None
    text: str
    discount_minor: int


# Which allocations of an item are money: a receipt's on a document, any use of a receipt. An
# exchange stands on both sides by itself; its group tells the other.
_STANDS = (
    "a.company_id = %(company)s AND a.amount_minor > 0 AND NOT EXISTS ("
    "SELECT 1 FROM receivables_allocation u WHERE u.company_id = a.company_id"
    " AND u.reverses_id IS NOT NULL AND u.reverses_id = a.id)"
)
_MONEY = (
    "SELECT a.id, a.amount_minor, a.adjustment, coalesce(a.credit_item_id,"
    "  (SELECT x.credit_item_id FROM receivables_allocation x WHERE x.company_id = a.company_id"
    "   AND x.group_id = a.group_id AND x.adjustment = 'exchange'"
    "   AND x.credit_item_id IS NOT NULL LIMIT 1)) AS credit_id"
    " FROM receivables_allocation a LEFT JOIN receivables_open_item c"
    "  ON c.company_id = a.company_id AND c.id = a.credit_item_id"
    f" WHERE a.debit_item_id = i.id AND {_STANDS}"
    "  AND (c.kind = 'receipt' OR a.adjustment = 'exchange')"
    " UNION ALL SELECT a.id, a.amount_minor, a.adjustment, a.credit_item_id"
    " FROM receivables_allocation a"
    f" WHERE a.credit_item_id = i.id AND i.kind = 'receipt' AND {_STANDS}"
    "  AND (a.debit_item_id IS NOT NULL OR a.adjustment = 'exchange')"
    " ORDER BY id DESC LIMIT 1"
)
# The agreed discounts of all that the receipt settled, each rounded down as the matcher does.
_DISCOUNTS = (
    "SELECT coalesce(sum(d.original_minor * d.discount_bp / 10000), 0)::bigint AS minor"
    " FROM (SELECT DISTINCT a.debit_item_id FROM receivables_allocation a"
    f"  WHERE a.credit_item_id = m.credit_id AND {_STANDS}) AS paid"
    " JOIN receivables_open_item d ON d.company_id = %(company)s AND d.id = paid.debit_item_id"
)
# Most items that money settles are settled whole: only the others are looked at closely.
_ASKED = (
    "SELECT i.id FROM receivables_open_item i WHERE i.company_id = %(company)s"
    " AND i.id = ANY(%(items)s::uuid[]) AND i.kind <> 'credit_note' AND i.open_minor > 0"
    " UNION SELECT g.item_id FROM matching_gap g WHERE g.company_id = %(company)s"
    " AND g.item_id = ANY(%(items)s::uuid[]) AND g.state = 'open'"
)
# Each is looked up once: the discounts of a receipt that settles many items in part, by receipt.
_ITEMS = (
    "WITH m AS MATERIALIZED (SELECT i.id AS item_id, money.* FROM receivables_open_item i"
    f" CROSS JOIN LATERAL ({_MONEY}) AS money"
    "  WHERE i.company_id = %(company)s AND i.id = ANY(%(items)s::uuid[]) AND i.open_minor > 0),"
    " o AS MATERIALIZED (SELECT m.credit_id, total.minor"
    "  FROM (SELECT DISTINCT credit_id FROM m WHERE credit_id IS NOT NULL) AS m"
    f" CROSS JOIN LATERAL ({_DISCOUNTS}) AS total)"
    " SELECT i.id, i.kind = 'receipt', i.customer_id, i.number, i.currency, i.original_minor,"
    " i.open_minor, i.open_functional_minor, i.discount_until, g.id, coalesce(g.state, ''),"
    " r.id, coalesce(m.amount_minor, 0), coalesce(m.adjustment = 'exchange', false),"
    " r.received_on, coalesce(r.text, ''), coalesce(o.minor, 0)"
    " FROM receivables_open_item i"
    " LEFT JOIN matching_gap open"
    "  ON open.company_id = %(company)s AND open.item_id = i.id AND open.state = 'open'"
    " LEFT JOIN LATERAL (SELECT g.id, g.state FROM matching_gap g"
    "  WHERE g.company_id = %(company)s AND g.item_id = i.id AND i.open_minor > 0"
    "  ORDER BY g.id DESC LIMIT 1) AS latest ON true"
    " LEFT JOIN LATERAL (SELECT coalesce(latest.id, open.id) AS id,"
    "  coalesce(latest.state, open.state) AS state) AS g ON true"
    " LEFT JOIN m ON m.item_id = i.id"
    " LEFT JOIN receivables_open_item c ON c.company_id = %(company)s AND c.id = m.credit_id"
    " LEFT JOIN receipts_receipt r ON r.company_id = %(company)s AND r.id = c.receipt_id"
    " LEFT JOIN o ON o.credit_id = m.credit_id"
    " WHERE i.company_id = %(company)s AND i.id = ANY(%(items)s::uuid[])"
    " ORDER BY i.id"
)


def follow_gaps(ctx: Context, moved: Sequence[Moved]) -> None:
    """Money was applied, or something was taken back: bring the gaps of the items up to date."""
    facts = [recorded.fact for recorded in moved]
    items = [item_id for fact in facts for item_id in (fact.debit_item_id, fact.credit_item_id)]
    values = {"company": ctx.company_id, "items": uuid_array(items)}
    asked = {item_id for (item_id,) in fetch_rows(_ASKED, values)}
    rows = fetch_rows(_ITEMS, values | {"items": uuid_array(asked)}) if asked else []
    closings: dict[UUID, list[Closing]] = defaultdict(list)
    undone: dict[UUID, str] = {}
    for fact in facts if asked else ():
        for item_id in (fact.debit_item_id, fact.credit_item_id):
            if item_id is None or item_id not in asked:  # nearly all are settled whole
                continue
            if isinstance(fact, CashApplied):
                closings[item_id].append(
                    Closing(fact.amount_minor, fact.from_kind, fact.adjustment)
                )
            elif fact.adjustment:
                undone[item_id] = fact.adjustment
    fresh: list[_Item] = []
    changed: dict[str, list[_Item]] = defaultdict(list)
    for item in map(_Item._make, rows):
        state = state_after(
            item.state,
            is_paid=item.receipt_id is not None,
            rest_minor=item.rest_minor,
            closings=closings[item.id],
        )
        if state == "open" and item.state in ("", "withdrawn"):
            fresh.append(item)
        elif state != item.state:
            changed[state].append(item)
    if changed:
        _change(ctx, changed)
    if fresh:
        _note(ctx, fresh, undone)


def _change(ctx: Context, changed: Mapping[str, Sequence[_Item]]) -> None:
    facts: list[Fact] = []
    day = unit.calendar()(ctx.today)
    # Held in one order, as by who assigns them: nobody locks another out.
    held = [item.gap_id for items in changed.values() for item in items]
    own = Gap.objects.of(ctx.company_id).filter(id__in=held).order_by("id")
    rows = {row.id: row for row in own.select_for_update(no_key=True)}
    for state, items in changed.items():
        gaps = [rows[item.gap_id] for item in items if item.gap_id is not None]
        if state == "open":
            facts += _reopened(ctx, day, items, gaps)
            continue
        for row in gaps:
            row.state, row.closed_on = state, day
            facts.append(
                GapClosed(subject_id=row.id, effective_on=day, item_id=row.item_id, how=state)
            )
    Gap.objects.bulk_update(rows.values(), ["state", "closed_on", "due_on"])
    unit.record(ctx, facts)


def _reopened(
    ctx: Context, day: date, items: Sequence[_Item], gaps: Sequence[Gap]
) -> list[GapReopened]:
    """Open again, of the same kind and owner, with the policy's days from today on; a later
    deadline stays."""
    policy = in_force(company_id=ctx.company_id, name="gaps", on=ctx.today)
    given = policy.decide_many(_facts(ctx, items, [row.kind for row in gaps]))
    for row, decision in zip(gaps, given, strict=True):
        row.state, row.closed_on = "open", None
        row.due_on = max(row.due_on, _deadline(day, decision.value("days")))
    return [
        GapReopened(subject_id=row.id, effective_on=day, item_id=row.item_id, due_on=row.due_on)
        for row in gaps
    ]


def _note(ctx: Context, items: Sequence[_Item], undone: Mapping[UUID, str]) -> None:
    """New gaps, each with its owner and deadline by the policy."""
    day = unit.calendar()(ctx.today)
    kinds = [kind_of(_rest(item, undone.get(item.id, ""))) for item in items]
    policy = in_force(company_id=ctx.company_id, name="gaps", on=ctx.today)
    given = policy.decide_many(_facts(ctx, items, kinds))
    rows, facts = [], []
    for item, kind, decision in zip(items, kinds, given, strict=True):
        assert item.receipt_id is not None  # a gap is left by money
        new_id, due_on = ctx.ids.new(), _deadline(day, decision.value("days"))
        owner = str(decision.value("owner") or GAP_OWNERS[0])
        rule = policy.rule(decision)
        rows.append(
            (
                *(new_id, ctx.company_id, item.id, item.receipt_id, item.rest_minor),
                *(item.currency, kind, owner, due_on, rule, GAP.initial, day, ctx.now),
            )
        )
        facts.append(
            GapNoted(
                subject_id=new_id,
                effective_on=day,
                item_id=item.id,
                receipt_id=item.receipt_id,
                gap=kind,
                amount_minor=item.rest_minor,
                currency=item.currency,
                owner=owner,
                due_on=due_on,
                given_by=rule,
            )
        )
    copy_rows(Gap, _GAP_COLUMNS, rows)
    unit.record(ctx, facts)


_GAP_COLUMNS = (
    "id",
    "company_id",
    "item_id",
    "receipt_id",
    "amount_minor",
    "currency",
    "kind",
    "owner",
    "due_on",
    "rule",
    "state",
    "noted_on",
    "noted_at",
)


def _deadline(day: date, days: object) -> date:
    whole = int(days) if isinstance(days, Decimal) else 0
    return day + timedelta(days=min(max(whole, 0), DAYS_MAX))


def _rest(item: _Item, undone: str) -> Rest:
    until, received = item.discount_until, item.received_on
    return Rest(
        is_receipt=item.is_receipt,
        number=item.number,
        rest_minor=item.rest_minor,
        claim_minor=item.rest_minor + item.money_minor,
        discount_minor=item.discount_minor,
        is_in_time=until is not None and received is not None and received <= until,
        is_exchanged=item.is_exchanged,
        text=item.text,
        undone=undone,
    )


def _facts(ctx: Context, items: Sequence[_Item], kinds: Sequence[str]) -> list[dict[str, Any]]:
    """What the policy is asked about each."""
    home = home_of(ctx.company_id).currency
    people = {item.customer_id for item in items if item.customer_id is not None}
    known = customers_by_id(company_id=ctx.company_id, ids=people)
    asked = []
    for item, kind in zip(items, kinds, strict=True):
        customer = known.get(item.customer_id) if item.customer_id else None
        facts = gap_facts(
            kind=kind,
            worth=Money(item.rest_functional_minor, home),
            rest_minor=item.rest_minor,
            original_minor=item.original_minor,
        )
        if customer is not None:
            facts["customer.number"] = customer.number
            facts["customer.country"] = customer.country
            facts["customer.segment"] = customer.segment or None
        asked.append(facts)
    return asked

"""Take back what a person did to drafts: each is put as it was, and that too is recorded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import execute, fetch_rows
from acquit.history import unit
from acquit.stages.invoices.facts import DraftActUndone
from acquit.stages.invoices.queries.acts import last_acts
from acquit.stages.orders.commands.mark_billed import mark_billed

UNDO = "invoices.undo"
DISCARD = "invoices.discard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """A draft on which the last act is to be taken back."""

    draft_id: UUID


class Act(NamedTuple):
    """One act on one or more drafts: their ids, and of those the ones that it made."""

    drafts: tuple[UUID, ...]
    made: tuple[UUID, ...] = ()


class _Member(NamedTuple):
    """A draft in an act, as it stands now."""

    act: UUID
    command: str
    at: datetime
    draft_id: UUID
    is_made: bool
    changed_at: datetime


def keep_before(ctx: Context, *, command: str, acts: Sequence[Act]) -> None:
    """Write down what the drafts are before an act changes them; call it ahead of the change and
    after the drafts that the act makes are there. One statement."""
    pairs = [(act, draft) for act in acts for draft in act.drafts]
    if not pairs:
        return
    ids = {act: ctx.ids.new() for act in acts}
    execute(
        "INSERT INTO invoices_draft_before (id, company_id, act, draft_id, command, was, at)"
        " SELECT n.id, d.company_id, n.act, d.id, %s,"
        " CASE WHEN n.made THEN NULL ELSE to_jsonb(d) END, %s"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bool[]) AS n (id, act, draft, made)"
        " JOIN invoices_draft d ON d.company_id = %s AND d.id = n.draft",
        [
            command,
            ctx.now,
            ctx.ids.many(len(pairs)),
            [ids[act] for act, _draft in pairs],
            [draft for _act, draft in pairs],
            [draft in act.made for act, draft in pairs],
            ctx.company_id,
        ],
    )


def one_each(ids: Collection[UUID]) -> list[Act]:
    """Acts that are each on one draft alone."""
    return [Act((one,)) for one in ids]


@command("invoices.undo")
def undo(*, ctx: Context, items: Sequence[Undoing]) -> Outcome:
    """Put drafts as they were before the last act on them: a release, a date, a tax point, a
    channel, a split, a merge, a discard. The acts stay in the history, and so does this one.

    An act on several drafts goes back on all of them, or is refused when one of them was changed
    since. Deliveries of a discarded draft that were billed meanwhile stay where they are.
    """
    wanted = last_acts(company_id=ctx.company_id, draft_ids={item.draft_id for item in items})
    members = _members(ctx, set(wanted.values()))
    last = last_acts(
        company_id=ctx.company_id,
        draft_ids={one.draft_id for found in members.values() for one in found},
    )
    refused = {act: fault for act, found in members.items() if (fault := _fault(found, last))}
    refused |= _claim(ctx, {act: members[act] for act in members.keys() - refused.keys()})
    chosen = {act: found for act, found in members.items() if act not in refused}
    _restore(ctx, chosen)
    _record(ctx, chosen)
    results, seen = list[ItemResult](), set[UUID]()
    for item in items:
        act_id, key = wanted.get(item.draft_id), str(item.draft_id)
        if act_id is None:
            nothing = Fault("draft.nothing_to_undo", "nothing was done to it", "draft_id")
            results.append(ItemResult(key, ItemState.REFUSED, item.draft_id, (nothing,)))
        elif act_id in refused:
            results.append(ItemResult(key, ItemState.REFUSED, item.draft_id, (refused[act_id],)))
        else:
            state = ItemState.DUPLICATE if act_id in seen else ItemState.DONE
            results.append(ItemResult(key, state, item.draft_id))
            seen.add(act_id)
    return Outcome(tuple(results))


def _members(ctx: Context, acts: Collection[UUID]) -> dict[UUID, list[_Member]]:
    """The drafts of each act, locked in the order of their ids."""
    rows = fetch_rows(
        "SELECT b.act, b.command, b.at, d.id, b.was IS NULL, d.updated_at"
        " FROM invoices_draft_before b"
        " JOIN invoices_draft d ON d.company_id = b.company_id AND d.id = b.draft_id"
        " WHERE b.company_id = %s AND b.act = ANY(%s) ORDER BY d.id FOR UPDATE OF d",
        [ctx.company_id, list(acts)],
    )
    found: dict[UUID, list[_Member]] = {}
    for member in map(_Member._make, rows):
        found.setdefault(member.act, []).append(member)
    return found


def _fault(members: Sequence[_Member], last: dict[UUID, UUID]) -> Fault | None:
    """Why the act cannot be taken back: something else happened to one of its drafts since."""
    for one in members:
        if last.get(one.draft_id) != one.act or one.changed_at != one.at:
            fix = "take the later change back first"
            return Fault("draft.changed_since", "the draft was changed since", "draft_id", fix=fix)
    return None


def _claim(ctx: Context, acts: dict[UUID, list[_Member]]) -> dict[UUID, Fault]:
    """Take the deliveries of discarded drafts again; the acts where they were billed meanwhile."""
    act_of = {
        one.draft_id: act for act, found in acts.items() for one in found if one.command == DISCARD
    }
    rows = fetch_rows(
        "SELECT d.id, l.line::uuid, coalesce(u.billing = 'open', false) FROM invoices_draft d"
        " CROSS JOIN jsonb_array_elements_text(d.lines) AS l(line)"
        " LEFT JOIN LATERAL (SELECT billing FROM orders_unbilled"
        "  WHERE company_id = d.company_id AND id = l.line::uuid FOR UPDATE) u ON true"
        " WHERE d.company_id = %s AND d.id = ANY(%s) ORDER BY 2",
        [ctx.company_id, list(act_of)],
    )
    taken = {act_of[draft_id] for draft_id, _line, is_open in rows if not is_open}
    free = [line for draft_id, line, _open in rows if act_of[draft_id] not in taken]
    mark_billed(ctx=ctx, line_ids=free, verb="draft")
    fault = Fault("draft.billed_again", "its deliveries were billed again since", "draft_id")
    return dict.fromkeys(taken, fault)


_RESTORED = (
    "content, lines, faults, sources, checks_passed, state, held_reason, issue_on, net_minor,"
    " tax_minor, gross_minor, updated_at"
)


def _restore(ctx: Context, acts: dict[UUID, list[_Member]]) -> None:
    """The rows as they were; what an act made is discarded and keeps no line."""
    if not acts:
        return
    pairs = [(one.act, one.draft_id) for found in acts.values() for one in found]
    new = {act: ctx.ids.new() for act in acts}
    execute(
        "INSERT INTO invoices_draft_before"
        " (id, company_id, act, draft_id, command, was, at, undoes)"
        " SELECT n.id, d.company_id, n.new, d.id, %s, to_jsonb(d), %s, n.act"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[]) AS n (id, new, act, draft)"
        " JOIN invoices_draft d ON d.company_id = %s AND d.id = n.draft",
        [
            UNDO,
            ctx.now,
            ctx.ids.many(len(pairs)),
            [new[act] for act, _draft in pairs],
            [act for act, _draft in pairs],
            [draft for _act, draft in pairs],
            ctx.company_id,
        ],
    )
    execute(
        f"UPDATE invoices_draft AS d SET ({_RESTORED}) ="
        f" (SELECT {_RESTORED} FROM jsonb_populate_record(NULL::invoices_draft, b.was))"
        " FROM invoices_draft_before b WHERE b.company_id = %(company)s AND b.act = ANY(%(acts)s)"
        " AND b.was IS NOT NULL AND d.company_id = b.company_id AND d.id = b.draft_id",
        {"company": ctx.company_id, "acts": list(acts)},
    )
    execute(
        "UPDATE invoices_draft AS d SET state = 'discarded', lines = '[]', updated_at = %(now)s"
        " FROM invoices_draft_before b WHERE b.company_id = %(company)s AND b.act = ANY(%(acts)s)"
        " AND b.was IS NULL AND d.company_id = b.company_id AND d.id = b.draft_id",
        {"company": ctx.company_id, "acts": list(acts), "now": ctx.now},
    )


def _record(ctx: Context, acts: dict[UUID, list[_Member]]) -> None:
    unit.record(
        ctx,
        [
            DraftActUndone(subject_id=one.draft_id, effective_on=ctx.today, act=one.command)
            for found in acts.values()
            for one in found
        ],
    )

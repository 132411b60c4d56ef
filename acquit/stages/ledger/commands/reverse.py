"""Reverse an entry: the same lines on the other side, pointing at the original."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.stages.ledger.commands.post import NewEntry, load, write
from acquit.stages.ledger.facts import EntryReversed
from acquit.stages.ledger.rules.posting import Line

# Accounts that sum a sub-ledger: their entries are taken back by undoing the act itself.
SUBLEDGERS = frozenset({"receivables", "unapplied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """An entry to take back, and why. It is booked on the day of the command."""

    id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class _Original:
    subject_id: UUID
    text: str
    is_reversal: bool
    is_reversed: bool
    controls: frozenset[str]
    lines: tuple[Line, ...]


@command("ledger.reverse")
def reverse(*, ctx: Context, items: Sequence[Reversal]) -> Outcome:
    """Reverse entries of the general ledger, each at most once (invariant I4)."""
    originals = _load(ctx.company_id, [item.id for item in items])
    accepted: dict[UUID, Reversal] = {}
    results: list[ItemResult] = []
    for item in items:
        fault = _fault(item, originals.get(item.id), again=item.id in accepted)
        state = ItemState.REFUSED if fault else ItemState.DONE
        results.append(ItemResult(str(item.id), state, item.id, (fault,) if fault else ()))
        if fault is None:
            accepted[item.id] = item
    facts = [
        EntryReversed(
            subject_id=originals[item.id].subject_id,
            effective_on=ctx.today,
            entry_id=item.id,
            why=item.why,
        )
        for item in accepted.values()
    ]
    entries = [
        NewEntry(
            recorded.id,
            "reversal",
            recorded.fact.subject_id,
            ctx.today,
            f"Reversal of: {originals[recorded.fact.entry_id].text} ({recorded.fact.why})",
            [line.turned() for line in originals[recorded.fact.entry_id].lines],
            recorded.fact.entry_id,
        )
        for recorded in unit.record(ctx, facts)
    ]
    write(ctx, load(ctx.company_id), entries)
    return Outcome(items=tuple(results), figures={"reversed": len(entries)})


def _fault(item: Reversal, original: _Original | None, *, again: bool) -> Fault | None:
    if original is None:
        return Fault("entry.unknown", f"no entry {item.id}", path="id")
    if not item.why.strip():
        return Fault("entry.no_reason", "say why the entry is reversed", path="why")
    if original.is_reversal or original.is_reversed or again:
        return Fault("entry.reversed", "the entry is a reversal, or is reversed already", path="id")
    touched = original.controls & SUBLEDGERS
    if touched:
        return Fault(
            "entry.follows_subledger",
            f"the entry moves {', '.join(sorted(touched))}, which follow their open items",
            path="id",
            fix="undo the act itself: undo the allocation, or credit the document",
        )
    return None


def _load(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, _Original]:
    rows = fetch_rows(
        """
        SELECT e.id, e.subject_id, e.text, e.reverses_id IS NOT NULL, r.id IS NOT NULL,
            a.control, a.code, p.customer_id, p.debit_minor, p.credit_minor, p.currency,
            p.functional_minor
        FROM ledger_entry e
        JOIN ledger_posting p ON p.company_id = e.company_id AND p.entry_id = e.id
        JOIN ledger_account a ON a.company_id = p.company_id AND a.id = p.account_id
        LEFT JOIN ledger_entry r ON r.company_id = e.company_id AND r.reverses_id = e.id
        WHERE e.company_id = %s AND e.id = ANY(%s) ORDER BY e.id, p.line_no
        """,
        [company_id, list(ids)],
    )
    grouped = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return {
        id: _Original(
            subject_id=lines[0][1],
            text=lines[0][2],
            is_reversal=lines[0][3],
            is_reversed=lines[0][4],
            controls=frozenset(line[5] for line in lines),
            lines=tuple(Line(*line[6:]) for line in lines),
        )
        for id, lines in grouped.items()
    }

"""What the system did by itself, why, and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.history import queries as history
from acquit.history.queries import FactView, Together


@dataclass(frozen=True, slots=True)
class Undoing:
    """The command that takes an act back, and what it is given: ``argument`` names the field of
    its item, ``id`` the value."""

    command: str
    argument: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Act:
    """One automatic act. ``why`` names the rule and, where there is one, the reason in words.

    ``undo`` is None where nothing can be taken back (a mail that left) or it was done already;
    ``is_undone`` tells the two apart.
    """

    fact: FactView
    why: str
    undo: Undoing | None
    is_undone: bool


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Of all that a run applied nothing stands: who took it back, in order of names, and when the
    last of it was."""

    at: datetime
    by: tuple[str, ...]


# What takes back each kind of act. What is not here cannot be taken back, only answered.
UNDO: dict[str, tuple[str, str]] = {
    "receivables.CashApplied": ("receivables.undo", "allocation_id"),
    "matching.ProposalAccepted": ("receivables.undo", "proposal_id"),
    "invoices.DocumentIssued": ("invoices.credit", "document_id"),
    "invoices.DraftHeld": ("invoices.release", "id"),
    "matching.ProposalMade": ("matching.reject", "id"),
    "matching.ReturnSettled": ("matching.undo_return", "id"),
    "matching.QuestionAsked": ("matching.withdraw_question", "id"),
}
_UNDONE = """
    SELECT a.reverses_id FROM receivables_allocation a
    WHERE a.company_id = %(company)s AND a.reverses_id = ANY(%(ids)s)
    UNION ALL
    SELECT d.corrects_id FROM invoices_document d
    WHERE d.company_id = %(company)s AND d.corrects_id = ANY(%(ids)s)
    UNION ALL
    SELECT f.id FROM invoices_draft f
    WHERE f.company_id = %(company)s AND f.id = ANY(%(ids)s) AND f.state <> 'held'
    UNION ALL
    SELECT p.id FROM matching_proposal p
    WHERE p.company_id = %(company)s AND p.id = ANY(%(ids)s)
        AND p.state IN ('undone', 'rejected', 'superseded')
    UNION ALL
    SELECT t.id FROM matching_return t
    WHERE t.company_id = %(company)s AND t.id = ANY(%(ids)s) AND t.state <> 'settled'
    UNION ALL
    SELECT q.id FROM matching_question q
    WHERE q.company_id = %(company)s AND q.id = ANY(%(ids)s)
        AND q.state NOT IN ('queued', 'asked', 'failed')
"""
# The proposals of a run: what was accepted by the same command at the same instant.
_OF_RUN = """
    SELECT f.subject_id FROM history_fact f
    WHERE f.company_id = %(company)s AND f.kind = 'matching.ProposalAccepted'
        AND f.seq BETWEEN run.first AND run.last AND f.recorded_at = run.at
"""
_TAKEN_BACK = f"""
    WITH gone AS MATERIALIZED (
        SELECT run.* FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[], %(ats)s::timestamptz[])
            AS run (first, last, at)
        WHERE NOT EXISTS (
            SELECT 1 FROM ({_OF_RUN}) AS applied
            JOIN matching_proposal p ON p.company_id = %(company)s AND p.id = applied.subject_id
                AND p.state = 'accepted'))
    SELECT run.first, max(u.recorded_at), array_agg(DISTINCT u.actor_name)
    FROM gone AS run JOIN LATERAL ({_OF_RUN}) AS applied ON true
    JOIN history_fact u ON u.company_id = %(company)s AND u.subject_id = applied.subject_id
        AND u.kind = 'matching.ProposalUndone'
    GROUP BY run.first
"""


def acts(
    *,
    company_id: UUID,
    since: datetime,
    until: datetime,
    limit: int = 500,
    before: int | None = None,
    without: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[Act]:
    """The automatic acts between two instants, newest first. Two queries."""
    facts = history.automatic_acts(
        company_id=company_id,
        since=since,
        until=until,
        limit=limit,
        before=before,
        without=without,
        only=only,
    )
    undone = _undone(company_id, [fact.subject_id for fact in facts if fact.kind in UNDO])
    return [_act(fact, fact.subject_id in undone) for fact in facts]


def _act(fact: FactView, is_undone: bool) -> Act:
    why = f"{fact.rule}: {fact.reason}" if fact.reason else fact.rule
    undo = None
    if fact.kind in UNDO and not is_undone:
        command, argument = UNDO[fact.kind]
        undo = Undoing(command, argument, fact.subject_id)
    return Act(fact, why, undo, is_undone and fact.kind in UNDO)


def _undone(company_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    rows = fetch_rows(_UNDONE, {"company": company_id, "ids": list(ids)})
    return {row[0] for row in rows}


def taken_back(*, company_id: UUID, runs: Sequence[Together]) -> dict[int, TakenBack]:
    """The runs of the matcher of which nothing stands any more, by the number of their first fact.
    One query, none without runs; a run of which much stands is known by what is found first."""
    if not runs:
        return {}
    values = {
        "company": company_id,
        "firsts": [run.first for run in runs],
        "lasts": [run.last for run in runs],
        "ats": [run.at for run in runs],
    }
    rows = fetch_rows(_TAKEN_BACK, values)
    return {first: TakenBack(at, tuple(sorted(by))) for first, at, by in rows}

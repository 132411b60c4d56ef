"""What a person did last with money of today and can still take back, found by what was answered to
the person's own commands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from acquit.access.idempotency import caller_of
from acquit.core.context import Context
from acquit.database.together import Read, views

ACCEPT, ALLOCATE = "matching.accept", "receivables.allocate"
PUT_ASIDE, ASK, IDENTIFY = "matching.put_aside", "matching.ask", "receivables.identify"
# The command that takes back what each of them did.
UNDOING = {
    ACCEPT: "matching.undo",
    ALLOCATE: "receivables.undo",
    PUT_ASIDE: "matching.take_up",
    ASK: "matching.withdraw_question",
    IDENTIFY: "receivables.identify",
}
ACTS_MAX = 50  # looked at, the latest: whoever took back so many goes on by hand


@dataclass(frozen=True, slots=True)
class OwnAct:
    """One act that stands: the command, when it was given, and the receipts it was about, of which
    ``payer_name``, the money and the documents are told where it was one."""

    id: UUID
    command: str
    at: datetime
    receipts: int
    receipt_id: UUID
    payer_name: str
    amount_minor: int
    currency: str
    numbers: list[str]


# Answers to many hundred wishes are looked at by their first ones: the act stands, or it does not.
_MINE = (
    "SELECT k.id, k.command, k.created_at AS at, (wish ->> 'id')::uuid AS made"
    " FROM (SELECT id, command, created_at, answer FROM access_idempotency"
    "  WHERE company_id = %(company)s AND caller = %(caller)s AND created_at >= %(since)s"
    "  AND command = ANY(%(commands)s) AND (%(only)s::uuid IS NULL OR id = %(only)s)"
    f"  ORDER BY created_at DESC, id DESC LIMIT {ACTS_MAX}) AS k"
    " CROSS JOIN LATERAL jsonb_path_query(k.answer, '$.items[0 to 199]') AS wish"
    " WHERE wish ->> 'state' = 'done'"
)
_APPLIED = (
    "SELECT mine.id, mine.command, mine.at, credit.receipt_id,"
    " CASE WHEN credit.receipt_id IS NULL THEN 0 ELSE a.amount_minor END AS amount_minor,"
    " CASE WHEN credit.receipt_id IS NULL THEN '' ELSE a.currency END AS currency,"
    " coalesce(debit.number, '') AS number FROM mine JOIN receivables_allocation a"
    " ON a.company_id = %(company)s AND {which} AND a.reverses_id IS NULL"
    " LEFT JOIN receivables_open_item credit"
    "  ON credit.company_id = %(company)s AND credit.id = a.credit_item_id"
    " LEFT JOIN receivables_open_item debit"
    "  ON debit.company_id = %(company)s AND debit.id = a.debit_item_id"
    " WHERE mine.command = '{command}' AND NOT EXISTS (SELECT 1 FROM receivables_allocation back"
    "  WHERE back.company_id = %(company)s AND back.reverses_id = a.id)"
)
_STANDING = " UNION ALL ".join(
    (
        _APPLIED.format(which="a.proposal_id = mine.made", command=ACCEPT),
        _APPLIED.format(which="a.id = mine.made", command=ALLOCATE),
        "SELECT mine.id, mine.command, mine.at, i.receipt_id, i.open_minor, i.currency, ''"
        " FROM mine JOIN matching_aside s ON s.company_id = %(company)s"
        "  AND s.receipt_id = mine.made AND s.state = 'aside' AND s.put_at = mine.at"
        " JOIN receivables_open_item i"
        "  ON i.company_id = %(company)s AND i.receipt_id = s.receipt_id"
        f" WHERE mine.command = '{PUT_ASIDE}'",
        "SELECT mine.id, mine.command, mine.at, q.receipt_id, q.left_minor, q.currency, ''"
        " FROM mine JOIN matching_question q ON q.company_id = %(company)s AND q.id = mine.made"
        "  AND q.state IN ('queued', 'asked', 'failed')"
        f" WHERE mine.command = '{ASK}'",
        # Whose money it is stays with what was applied of it, and with what was put aside.
        "SELECT mine.id, mine.command, mine.at, i.receipt_id, i.open_minor, i.currency, ''"
        " FROM mine JOIN receivables_open_item i ON i.company_id = %(company)s"
        "  AND i.id = mine.made AND i.open_minor = i.original_minor"
        " JOIN LATERAL (SELECT c.customer_id, c.recorded_at FROM receivables_payer_change c"
        "  WHERE c.company_id = %(company)s AND c.item_id = i.id"
        "  ORDER BY c.position DESC LIMIT 1) AS last"
        "  ON last.customer_id IS NOT NULL AND last.recorded_at = mine.at"
        f" WHERE mine.command = '{IDENTIFY}' AND NOT EXISTS (SELECT 1 FROM matching_aside s"
        "  WHERE s.company_id = %(company)s AND s.receipt_id = i.receipt_id"
        "  AND s.state = 'aside')",
    )
)
_LAST = (
    f"WITH mine AS MATERIALIZED ({_MINE}), standing AS ({_STANDING}), last AS ("
    " SELECT id, command, at, count(DISTINCT receipt_id) AS receipts,"
    "  (array_agg(receipt_id ORDER BY receipt_id))[1] AS receipt_id,"
    "  sum(amount_minor)::bigint AS amount_minor, max(currency) AS currency,"
    "  array_remove(array_agg(DISTINCT number ORDER BY number), '') AS numbers"
    " FROM standing GROUP BY id, command, at HAVING count(receipt_id) > 0"
    " ORDER BY at DESC, id DESC LIMIT 1)"
    " SELECT last.*, r.payer_name FROM last JOIN receipts_receipt r"
    " ON r.company_id = %(company)s AND r.id = last.receipt_id"
)


def last_act(
    ctx: Context, *, since: datetime, commands: Collection[str], only: UUID | None = None
) -> Read[OwnAct | None]:
    """The last act of whoever acts that still stands, of these commands, or the one that is named
    if it does; else None.

    An act is known by the answer that was kept under the key of its form, so only what the person
    did is found, and nothing that a rule or somebody else did.
    """
    values = {
        "company": ctx.company_id,
        "caller": caller_of(ctx),
        "since": since,
        "commands": sorted(commands),
        "only": only,
    }

    def read(rows: Any) -> OwnAct | None:
        return next(iter(views(OwnAct, rows)), None)

    return Read(_LAST, values, read)

"""What became of the bytes of a bank file when they came before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from acquit.core.codecs.bankfile import UNTOLD, Told
from acquit.core.context import Context
from acquit.database.copy import execute, fetch_rows
from acquit.stages.receipts.commands.movements import Account
from acquit.stages.receipts.rules.accounts import account_named
from acquit.stages.receipts.rules.telling import again

_UNHEARD = "it waits from an earlier import: discard it to have it read with these balances"


@dataclass(slots=True)
class Before:
    """An earlier import of the same bytes. ``rejected`` of its ``rows`` counted for nothing, and
    ``parked`` says why its statements that still wait do so, by their number."""

    run_id: UUID
    rows: int
    rejected: int
    unknown_accounts: frozenset[str]
    parked: dict[int, str] = field(default_factory=dict)
    told: Told = UNTOLD

    def heard(self, told: Told) -> Before:
        """As it is answered to who says other balances now: what waits was read with those that
        were said then, and is not read again."""
        said = told.opening_minor, told.closing_minor
        if said in ((None, None), (self.told.opening_minor, self.told.closing_minor)):
            return self
        parked = {number: f"{why}; {_UNHEARD}" for number, why in self.parked.items()}
        return replace(self, parked=parked)


def known_now(names: frozenset[str], accounts: Sequence[Account]) -> bool:
    """Whether an account that was unknown when the file came has been added since."""
    return any(account_named(name, currency="", accounts=accounts) for name in names)


def lock_files(ctx: Context, digests: Sequence[str]) -> None:
    """Who brings the same bytes at the same moment waits, and then finds them known."""
    execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key",
        [sorted({f"bank:{ctx.company_id}:{digest}" for digest in digests})],
    )


def earlier(ctx: Context, digests: Sequence[str]) -> dict[str, Before]:
    """The last import of each file that was taken in before. A file of which every statement was
    discarded counts as never seen."""
    rows = fetch_rows(
        "SELECT run.digest, run.id, run.rows, run.rejected, run.options,"
        " s.number, s.state, s.parked_reason"
        " FROM intake_run run JOIN receipts_statement s"
        " ON s.company_id = run.company_id AND s.import_run_id = run.id"
        " WHERE run.company_id = %s AND run.kind = 'bank' AND run.digest = ANY(%s)"
        " AND s.state <> 'discarded' ORDER BY run.started_at, run.id, s.number",
        [ctx.company_id, list(digests)],
    )
    found: dict[str, Before] = {}
    for digest, run_id, count, rejected, options, number, state, why in rows:
        if digest not in found or found[digest].run_id != run_id:
            plain = _json(options)
            unknown = frozenset(plain.get("unknown_accounts", ()))
            found[digest] = Before(run_id, count, rejected, unknown, told=again(plain))
        if state == "parked":
            found[digest].parked[number] = why
    return found


def _json(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else dict(value)

"""Where delivered lines stand on their way to a document. Called inside the commands of the
invoices stage, in their transaction; not a command by itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.database.copy import execute, uuid_array
from acquit.stages.orders.models import BILLED, BILLING


class CannotMark(Refused):
    """Some of the lines are not where the verb starts: another run took them first."""


def mark_billed(*, ctx: Context, line_ids: Sequence[UUID], verb: str = "bill") -> None:
    """Move delivered lines by a verb of their lifecycle: draft, release or bill.

    One statement for any number of lines. It is also the lock: of two runs that want the same
    line, the second waits and then finds it taken, and CannotMark rolls its transaction back.
    """
    if not line_ids:
        return
    sources = [state for (state, known), _ in BILLING.transitions.items() if known == verb]
    target = BILLING.after(sources[0] if sources else BILLING.initial, verb)
    wanted = list(dict.fromkeys(line_ids))
    where = " WHERE company_id = %s AND id = ANY(%s::uuid[]) AND billing = ANY(%s)"
    values = [ctx.company_id, uuid_array(wanted), sources]
    if target == BILLED:
        moved = execute(f"DELETE FROM orders_unbilled{where}", values)
    else:
        moved = execute(f"UPDATE orders_unbilled SET billing = %s{where}", [target, *values])
    if moved != len(wanted):
        raise CannotMark(
            (
                Fault(
                    "delivery_line.taken",
                    f"{len(wanted) - moved} of {len(wanted)} delivered lines are not"
                    f" {' or '.join(sources)} any more: cannot {verb} them",
                    fix="run it again: it takes what is open now",
                ),
            )
        )

"""What was known at an instant is final once somebody was told it.

Rows carry the instant of their command, and they become visible later, when it commits. A figure
"as known at T" that was read in between would change afterwards. So the reader marks the head of
the company's chain: T is told. The mark waits for a commit in progress, and a command that comes
to its end with an instant up to the mark runs again with a later one.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from acquit.database.copy import execute, fetch_rows

_TOLD = "least(%(known_at)s::timestamptz, clock_timestamp())"  # the future can be told to nobody


def told(*, company_id: UUID, known_at: datetime) -> None:
    """Call before reading rows recorded up to ``known_at``, outside of any command: from here on
    nothing is recorded at or before it."""
    given = {"company": company_id, "known_at": known_at}
    done = fetch_rows(
        f"SELECT 1 FROM history_head WHERE company_id = %(company)s AND known_until >= {_TOLD}",
        given,
    )
    if not done:
        execute(
            f"UPDATE history_head SET known_until = greatest(known_until, {_TOLD})"
            " WHERE company_id = %(company)s",
            given,
        )

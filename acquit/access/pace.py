"""How many requests a key may send in a minute: counted in the database, for all processes at once.

The window is the minute of the clock. One statement per request counts it and says how many came;
two processes cannot both take the last place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from acquit.access.models import ApiKey
from acquit.database.copy import fetch_rows

WINDOW = timedelta(minutes=1)
# A process whose clock is behind counts into the minute that the others have begun.
_COUNT = (
    "INSERT INTO access_key_pace AS p (company_id, id, minute, used) VALUES (%s, %s, %s, 1)"
    " ON CONFLICT (company_id, id) DO UPDATE SET minute = greatest(p.minute, excluded.minute),"
    " used = CASE WHEN p.minute < excluded.minute THEN 1 ELSE p.used + 1 END RETURNING used"
)


@dataclass(frozen=True, slots=True)
class Pace:
    """``used`` of ``limit`` requests came in this minute; ``seconds_left`` of it remain (1-60)."""

    limit: int
    used: int
    seconds_left: int

    @property
    def is_over(self) -> bool:
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def count(*, key: ApiKey, limit: int, now: datetime) -> Pace:
    """Count this request of the key, and say where it stands."""
    minute = now.replace(second=0, microsecond=0)
    ((used,),) = fetch_rows(_COUNT, [key.company_id, key.id, minute])
    return Pace(limit, used, WINDOW.seconds - now.second)

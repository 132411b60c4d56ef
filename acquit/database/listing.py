"""A list of rows, declared once: a page of it, all that match, how many and what they sum to.

A stage says what a row is read from and what each filter means in SQL; pages, files and sums then
ask the same question and cannot differ. ``conditions`` of a filter is SQL that names its value, as
``a.paid_on >= %(from)s``, or one for each word that may be chosen; a filter named ``q`` is a text,
whose pattern for ILIKE is ``%(like)s``. Words, names and aliases are the program's own, values are
parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from acquit.core.money import Money
from acquit.database.copy import fetch_rows, stream_rows, uuid_array
from acquit.database.parts import parameters

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows and the cursor of the next page; ``after`` is None on the last one."""

    rows: tuple[T, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """Rows of one company, the newest first.

    ``source`` begins with FROM and ends with the condition on ``%(company)s``; ``newest`` are the
    columns it is ordered by, a day or an instant and the id, best those of an index. ``amount`` is
    what a row counts with, currency and minor units, where rows can be summed."""

    columns: str
    source: str
    newest: tuple[str, str]
    make: Callable[..., T]
    conditions: Mapping[str, str | Mapping[str, str]]
    amount: tuple[str, str] | None = None

    def page(
        self, *, company_id: UUID, wanted: Mapping[str, Any], limit: int, after: str | None = None
    ) -> Page[T]:
        """One query. ValueError for a cursor that is none."""
        where, values = self._where(company_id, wanted)
        values["limit"] = limit + 1
        when, last = self.newest
        if after:
            at, _, id = after.rpartition("_")
            values["at"] = datetime.fromisoformat(at) if "T" in at else date.fromisoformat(at)
            values["last"] = UUID(id)
            where += f" AND ({when}, {last}) < (%(at)s, %(last)s)"
        rows = fetch_rows(f"{self._select(where)} LIMIT %(limit)s", values)
        shown = tuple(self.make(*row[:-2]) for row in rows[:limit])
        if len(rows) <= limit:
            return Page(shown, None)
        at, id = rows[limit - 1][-2:]
        return Page(shown, f"{at.isoformat()}_{id}")

    def every(
        self, *, company_id: UUID, wanted: Mapping[str, Any], ids: Sequence[UUID] | None = None
    ) -> Iterator[T]:
        """All that match, or of these ``ids`` alone, read as they are taken: the caller's
        transaction must last that long."""
        where, values = self._where(company_id, wanted if ids is None else {})
        if ids is not None:
            where += f" AND {self.newest[1]} = ANY(%(ids)s::uuid[])"
            values["ids"] = uuid_array(ids)
        for rows in stream_rows(self._select(where), values):
            for row in rows:
                yield self.make(*row[:-2])

    def matching(self, *, company_id: UUID, wanted: Mapping[str, Any]) -> tuple[int, list[Money]]:
        """How many match, and what they sum to by currency. One query."""
        where, values = self._where(company_id, wanted)
        if self.amount is None:
            ((count,),) = fetch_rows(f"SELECT count(*) {self.source}{where}", values)
            return count, []
        currency, minor = self.amount
        rows = fetch_rows(
            f"SELECT {currency}, count(*), sum({minor})::bigint {self.source}{where}"
            " GROUP BY 1 ORDER BY 1",
            values,
        )
        return sum(row[1] for row in rows), [Money(row[2], row[0]) for row in rows]

    def grouped(
        self,
        *,
        company_id: UUID,
        wanted: Mapping[str, Any],
        by: Sequence[str],
        sums: Sequence[str],
    ) -> list[tuple[Any, ...]]:
        """What match, summed by the columns ``by`` and in their order. One query."""
        where, values = self._where(company_id, wanted)
        places = ", ".join(str(at + 1) for at in range(len(by)))
        return fetch_rows(
            f"SELECT {', '.join((*by, *sums))} {self.source}{where}"
            f" GROUP BY {places} ORDER BY {places}",
            values,
        )

    def _select(self, where: str) -> str:
        when, last = self.newest
        return (
            f"SELECT {self.columns}, {when}, {last} {self.source}{where}"
            f" ORDER BY {when} DESC, {last} DESC"
        )

    def _where(self, company_id: UUID, wanted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        values = {**wanted, "company": company_id}
        if "q" in wanted:
            values |= parameters(wanted["q"])
        parts = []
        for name, condition in self.conditions.items():
            if name in wanted:
                chosen = condition if isinstance(condition, str) else condition[wanted[name]]
                parts.append(f" AND {chosen}")
        return "".join(parts), values


def within_days(column: str) -> dict[str, str]:
    """The conditions of ``from`` and ``to`` on a column of days."""
    return {"from": f"{column} >= %(from)s", "to": f"{column} <= %(to)s"}


def within_instants(column: str) -> dict[str, str]:
    """The same on a column of instants, by the days of the time zone ``%(zone)s``."""
    midnight = "(%({name})s::date + {days})::timestamp AT TIME ZONE %(zone)s"
    return {
        "from": f"{column} >= {midnight.format(name='from', days=0)}",
        "to": f"{column} < {midnight.format(name='to', days=1)}",
    }

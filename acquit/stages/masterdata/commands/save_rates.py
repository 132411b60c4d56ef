"""Save exchange rates: one per day and pair of currencies, with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.numbers import list_currencies

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import RATE_SCALE
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock, update_rows
from acquit.database.copy import copy_rows, fetch_rows
from acquit.history import unit
from acquit.stages.masterdata.facts import RatesSaved
from acquit.stages.masterdata.models import ExchangeRate

_RATE_MAX = Decimal(10) ** 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RateData:
    """Units of ``target`` for one ``base`` on the day; at most ten decimals."""

    day: date
    base: str
    target: str
    rate: Decimal
    source: str

    @property
    def key(self) -> str:
        return f"{self.day.isoformat()} {self.base}{self.target}"


@command("masterdata.save_rates")
def save_rates(*, ctx: Context, items: Sequence[RateData]) -> Outcome:
    """Upsert rates. Bookings keep the rate they were made with: a change acts on later ones."""
    lock(ctx.company_id, "rates")
    stored = {(row[1], row[2], row[3]): row for row in _load(ctx, items)}
    results = []
    fresh: dict[tuple, tuple] = {}
    changed: dict[tuple, tuple] = {}
    for item in items:
        pair = (item.day, item.base, item.target)
        known = stored.get(pair)
        faults = _faults(item)
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, faults))
            continue
        if known is not None and (known[4], known[5]) == (item.rate, item.source):
            results.append(ItemResult(item.key, ItemState.DUPLICATE, known[0]))
            continue
        id = known[0] if known is not None else ctx.ids.new()
        row = (id, *pair, item.rate, item.source)
        (changed if known is not None and pair not in fresh else fresh)[pair] = row
        stored[pair] = row
        results.append(ItemResult(item.key, ItemState.DONE, id))
    copy_rows(
        ExchangeRate,
        ("company_id", "id", "day", "base", "target", "rate", "source"),
        ((ctx.company_id, *row) for row in fresh.values()),
    )
    update_rows(
        ExchangeRate,
        company_id=ctx.company_id,
        columns={"rate": "numeric", "source": "text"},
        rows=[(row[0], row[4], row[5]) for row in changed.values()],
    )
    _record(ctx, [*fresh.values(), *changed.values()])
    return Outcome(items=tuple(results), figures={"created": len(fresh), "updated": len(changed)})


def _load(ctx: Context, items: Sequence[RateData]) -> list[tuple]:
    return fetch_rows(
        "SELECT r.id, r.day, r.base, r.target, r.rate, r.source FROM masterdata_exchange_rate r"
        " JOIN unnest(%s::date[], %s::text[], %s::text[]) AS n(day, base, target)"
        " ON (r.day, r.base, r.target) = (n.day, n.base, n.target) WHERE r.company_id = %s",
        [
            [item.day for item in items],
            [item.base for item in items],
            [item.target for item in items],
            ctx.company_id,
        ],
    )


def _faults(item: RateData) -> tuple[Fault, ...]:
    faults = [
        Fault("rate.currency", f"{code!r} is not a currency of ISO 4217", field)
        for field, code in (("base", item.base), ("target", item.target))
        if code not in list_currencies()
    ]
    if item.base == item.target:
        faults.append(Fault("rate.same", "a rate joins two different currencies", "target"))
    exponent = item.rate.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -RATE_SCALE and 0 < item.rate < _RATE_MAX
    if not fits:
        message = f"{item.rate} is not a positive rate of at most {RATE_SCALE} decimals"
        faults.append(Fault("rate.value", message, "rate"))
    if not item.source.strip() or len(item.source) > 80:
        message = "a rate names its source in at most 80 characters"
        faults.append(Fault("rate.source", message, "source", fix="such as ECB or BNR"))
    return tuple(faults)


def _record(ctx: Context, rows: Sequence[tuple]) -> None:
    if rows:
        days = [row[1] for row in rows]
        fact = RatesSaved(
            subject_id=rows[0][0],
            effective_on=ctx.today,
            rates=len(rows),
            first_day=min(days),
            last_day=max(days),
            source=", ".join(sorted({row[5] for row in rows})),
        )
        unit.record(ctx, [fact])

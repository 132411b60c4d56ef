"""When and how much is sold in the demo: the spans of the year and the orders of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from acquit.entrypoints.console.demo.cast import Part, Player
from acquit.entrypoints.console.demo.goods import GOODS
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData

# Prices are in euro; other currencies by a plain factor, as a price list would round it.
FACTORS = {"EUR": Decimal(1), "RON": Decimal(5), "GBP": Decimal("0.87")}
# Sales by month of the year: building trade, quiet in winter.
SEASON = (70, 75, 95, 105, 115, 115, 100, 90, 115, 115, 105, 80)
SOURCES = ("web", "web", "phone", "edi", "field")
# The standing order: so many times the same, every other day up to yesterday.
REPEATS = 17
SITE_ORDERS = 7
# A currency in which nothing was ever sold, so no rate is known.
STRANGE_CURRENCY = "CHF"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of days, both ends included."""

    first: date
    last: date

    def days(self) -> int:
        return (self.last - self.first).days + 1

    def contains(self, day: date) -> bool:
        return self.first <= day <= self.last


def year_before(today: date) -> date:
    """The first of the twelve months that end today."""
    day = today + timedelta(days=1)
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def spans(*, start: date, end: date) -> list[Span]:
    """Half months from ``start`` up to ``end``; the first and the last may be short."""
    found, first = [], start
    while first <= end:
        half = first.replace(day=15) if first.day <= 15 else _month_end(first)
        found.append(Span(first, min(half, end)))
        first = half + timedelta(days=1)
    return found


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def shared(*, total: int, over: Sequence[Span]) -> list[int]:
    """``total`` orders shared over the spans by their days and the season, none lost."""
    weights = [span.days() * SEASON[span.first.month - 1] for span in over]
    whole, found, before = sum(weights), [], 0
    for index in range(len(weights)):
        upto = total * sum(weights[: index + 1]) // whole
        found.append(upto - before)
        before = upto
    return found


def orders(*, slug: str, cast: Sequence[Player], span: Span, count: int) -> Iterator[OrderData]:
    """So many orders of a span, the larger customers' more often."""
    dice = Random(f"trade {slug} {span.first.isoformat()}")
    weights = [int(player.size * 10) for player in cast]
    for index in range(count):
        player = dice.choices(cast, weights)[0]
        day = span.first + timedelta(days=dice.randrange(span.days()))
        yield _order(dice, player, day, _number(slug, span.first, index))


def orders_of_today(
    *, slug: str, cast: Sequence[Player], today: date, count: int
) -> Iterator[OrderData]:
    """What is billed today: two orders of every public body (as far as ``count`` reaches), one in
    a currency that has no rate, and usual ones."""
    dice = Random(f"trade {slug} {today.isoformat()}")
    weights = [int(player.size * 10) for player in cast]
    first = [player for player in cast if player.part is Part.PUBLIC] * 2
    for index in range(count):
        is_public = index < min(len(first), count // 4)
        player = first[index] if is_public else dice.choices(cast, weights)[0]
        strange = STRANGE_CURRENCY if index == count - 1 else ""
        yield _order(dice, player, today, _number(slug, today, index), currency=strange)


def standing_orders(
    *, slug: str, cast: Sequence[Player], span: Span, today: date
) -> Iterator[OrderData]:
    """Those of the span out of the standing order's repetitions, all for one amount, and out of
    the building site's orders, up to yesterday."""
    by_part = {player.part: player for player in cast}
    good, freight = GOODS[0], GOODS[-1]
    player = by_part[Part.STANDING]
    for day in (today - timedelta(days=2 * back + 1) for back in range(REPEATS)):
        if span.contains(day):
            yield OrderData(
                number=f"{slug[:2].upper()}-{day:%y%m%d}-A",
                customer=player.data.number,
                ordered_on=day,
                lines=(_line(good.code, player, 40), _line(freight.code, player, 1)),
                currency=player.currency,
                source="edi",
            )
    for day in (today - timedelta(days=3 * back + 1) for back in range(SITE_ORDERS)):
        if span.contains(day):
            dice = Random(f"site {slug} {day.isoformat()}")
            yield _order(dice, by_part[Part.SITE], day, f"{slug[:2].upper()}-{day:%y%m%d}-B")


def _number(slug: str, day: date, index: int) -> str:
    return f"{slug[:2].upper()}-{day:%y%m%d}-{index + 1:04d}"


def _order(
    dice: Random, player: Player, day: date, number: str, *, currency: str = ""
) -> OrderData:
    chosen = dice.sample(GOODS, k=dice.randint(1, 5))
    return OrderData(
        number=number,
        customer=player.data.number,
        ordered_on=day,
        lines=tuple(
            _line(good.code, player, max(1, int(player.size * dice.randint(1, 12))))
            for good in chosen
        ),
        currency=currency or player.currency,
        source=dice.choice(SOURCES),
        purchase_order=f"45{dice.randint(10000, 99999)}" if dice.random() < 0.4 else "",
    )


_BY_CODE = {good.code: good for good in GOODS}


def _line(code: str, player: Player, quantity: int) -> OrderLineData:
    """A line at the price of the customer's list, named in his language."""
    good = _BY_CODE[code]
    price = good.euro * FACTORS[player.currency]
    return OrderLineData(
        item_code=code,
        quantity=Decimal(quantity),
        unit_price=price.quantize(Decimal("0.01")),
        description=good.names[player.data.country or "GB"],
    )

"""What is sold in the demo: items with prices, and the orders of a span of days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from acquit.entrypoints.console.demo.cast import Player
from acquit.stages.masterdata.commands.save_items import ItemData
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData

# code, name, unit (UN/ECE Rec 20), price in euro
GOODS: tuple[tuple[str, str, str, str], ...] = (
    ("PAL-1200", "Transport pallet 1200 x 800", "C62", "11.90"),
    ("BOX-600", "Stacking box 600 x 400", "C62", "8.45"),
    ("TAPE-50", "Packing tape 50 mm, 6 rolls", "C62", "13.20"),
    ("FILM-23", "Stretch film 23 my", "C62", "9.95"),
    ("LBL-100", "Shipping labels, 1,000 pieces", "C62", "21.50"),
    ("GLV-L", "Work gloves, 12 pairs", "PR", "18.60"),
    ("SHOE-S3", "Safety shoes S3", "PR", "64.00"),
    ("HLM-W", "Safety helmet white", "C62", "17.25"),
    ("DRL-18", "Cordless drill 18 V", "C62", "129.00"),
    ("BIT-32", "Bit set, 32 pieces", "SET", "24.90"),
    ("SCR-440", "Wood screws 4 x 40, 500 pieces", "C62", "12.75"),
    ("PNT-W10", "Wall paint white 10 l", "C62", "38.40"),
    ("BRS-SET", "Brush set", "SET", "7.80"),
    ("CBL-50", "Cable drum 50 m", "C62", "58.90"),
    ("LMP-LED", "LED work light", "C62", "33.15"),
    ("LDR-3", "Aluminium ladder 3 m", "C62", "112.00"),
    ("OIL-5", "Hydraulic oil 5 l", "C62", "27.30"),
    ("FLT-A", "Filter set A", "SET", "41.10"),
    ("SRV-H", "Fitting service", "HUR", "46.00"),
    ("FRT", "Freight", "C62", "15.00"),
)
# Prices are in euro; other currencies by a plain factor, as a price list would round it.
FACTORS = {"EUR": Decimal(1), "RON": Decimal(5), "GBP": Decimal("0.87")}
# Sales by month of the year: building trade, quiet in winter.
SEASON = (70, 75, 95, 105, 115, 115, 100, 90, 115, 115, 105, 80)
SOURCES = ("web", "web", "phone", "edi", "field")


def items() -> list[ItemData]:
    return [ItemData(code=code, name=name, unit=unit) for code, name, unit, _price in GOODS]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of days, both ends included."""

    first: date
    last: date

    def days(self) -> int:
        return (self.last - self.first).days + 1


def spans(*, start: date, end: date) -> list[Span]:
    """Half months from ``start`` up to ``end``; the last one may be short."""
    found, first = [], start
    while first <= end:
        half = first.replace(day=15) if first.day <= 15 else _month_end(first)
        found.append(Span(first, min(half, end)))
        first = half + timedelta(days=1)
    return found


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def orders(
    *, slug: str, cast: Sequence[Player], span: Span, per_day: Decimal
) -> Iterator[OrderData]:
    """The orders of a span; ``per_day`` is the yearly mean of orders a day."""
    dice = Random(f"trade {slug} {span.first.isoformat()}")
    season = SEASON[span.first.month - 1]
    count = int(per_day * span.days() * season / 100)
    weights = [int(player.size * 10) for player in cast]
    for index in range(count):
        player = dice.choices(cast, weights)[0]
        day = span.first + timedelta(days=dice.randrange(span.days()))
        yield OrderData(
            number=f"{slug[:2].upper()}-{span.first:%y%m%d}-{index + 1:04d}",
            customer=player.data.number,
            ordered_on=day,
            lines=tuple(_lines(dice, player)),
            currency=player.currency,
            source=dice.choice(SOURCES),
            purchase_order=f"45{dice.randint(10000, 99999)}" if dice.random() < 0.4 else "",
        )


def _lines(dice: Random, player: Player) -> Iterator[OrderLineData]:
    chosen = dice.sample(GOODS, k=dice.randint(1, 5))
    for code, _name, _unit, price in chosen:
        quantity = max(1, int(player.size * dice.randint(1, 12)))
        yield OrderLineData(
            item_code=code,
            quantity=Decimal(quantity),
            unit_price=(Decimal(price) * FACTORS[player.currency]).quantize(Decimal("0.01")),
        )

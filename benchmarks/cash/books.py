"""The seller's books on the day: open items, what was paid before, the rates."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random

from benchmarks.cash import texts
from benchmarks.cash.people import payer_name
from benchmarks.cash.profiles import Profile
from benchmarks.cash.world import Customer, Item, Paid

DISCOUNT_DAYS = 10
AS_OF = date(2026, 6, 30)
_RATES = {"USD": 1_084_000, "RON": 4_976_000, "GBP": 851_000}
HISTORY_SHARE = 1.2  # paid items of the past for one open item


def rates(draw: Random) -> dict[tuple[date, str], int]:
    """Units of a currency for one euro in millionths, for each day of three months."""
    found: dict[tuple[date, str], int] = {}
    for currency, rate in _RATES.items():
        for back in range(92, -1, -1):
            rate = round(rate * (1 + draw.gauss(0, 0.002)))
            found[AS_OF - timedelta(days=back), currency] = rate
    return found


def items(
    cast: list[tuple[Customer, int]], profile: Profile, style: int, draw: Random
) -> tuple[list[Item], list[Item]]:
    """Open items and items paid long ago; numbers run through both by date of issue."""
    sketches: list[tuple[date, int, Customer, bool]] = []
    for customer, size in cast:
        for _ in range(size):
            age = round(draw.triangular(0, 110, 25))
            sketches.append((AS_OF - timedelta(days=age), len(sketches), customer, True))
        for _ in range(round(size * HISTORY_SHARE)):
            age = round(draw.uniform(50, 400))
            sketches.append((AS_OF - timedelta(days=age), len(sketches), customer, False))
    sketches.sort(key=lambda sketch: sketch[:2])
    first = draw.randrange(1_000, 60_000)
    opened, past = [], []
    for at, (issued, _, customer, is_open) in enumerate(sketches):
        item = _item(first + at, issued, customer, style, draw)
        if is_open:
            if draw.random() < profile.credits:
                item.kind, item.amount, item.open = "credit", -item.amount // 4, -item.amount // 4
                item.discount_pct, item.discount_until = 0, None
            opened.append(item)
        else:
            past.append(item)
    return opened, past


def _item(serial: int, issued: date, customer: Customer, style: int, draw: Random) -> Item:
    amount = _amount(customer, draw)
    order = draw.randrange(10**6, 10**7)
    references = [f"45{order:08}", f"SO-{order % 900_000 + 100_000}"]
    if draw.random() < 0.5:
        references.append(f"LS{draw.randrange(10**5, 10**6)}")
    has_discount = customer.discount_pct > 0
    return Item(
        id=f"I{serial:08}",
        customer=customer.id,
        number=texts.number(style, issued, serial),
        serial=serial,
        kind="invoice",
        amount=amount,
        open=amount,
        currency=customer.currency,
        issued=issued,
        due=issued + timedelta(days=customer.term_days),
        discount_pct=customer.discount_pct,
        discount_until=issued + timedelta(days=DISCOUNT_DAYS) if has_discount else None,
        references=references,
    )


def _amount(customer: Customer, draw: Random) -> int:
    if customer.amounts and draw.random() < 0.9:
        return draw.choice(customer.amounts)
    amount = max(500, round(math.exp(draw.gauss(10.9, 1.15))))
    step = customer.rounds_to
    return max(step, amount // step * step)


def history(past: list[Item], people: dict[str, Customer], draw: Random) -> list[Paid]:
    """How the items of the past were paid: singly or several in one, by each one's habits."""
    found: list[Paid] = []
    waiting: dict[str, list[Item]] = {}
    for item in past:
        group = waiting.setdefault(item.customer, [])
        group.append(item)
        if len(group) >= (1 if draw.random() < 0.75 else draw.randint(2, 6)):
            found.extend(_payment(waiting.pop(item.customer), people[item.customer], draw))
    for customer, group in waiting.items():
        found.extend(_payment(group, people[customer], draw))
    found.sort(key=lambda paid: (paid.paid_on, paid.item.id))
    return found


def _payment(group: list[Item], customer: Customer, draw: Random) -> list[Paid]:
    habits = customer.habits
    late = timedelta(days=max(-20, habits.days_late + round(draw.gauss(0, 4))))
    paid_on = min(
        AS_OF - timedelta(days=1), max(max(one.due for one in group) + late, group[-1].issued)
    )
    written = [texts.written(one.number, one.serial, habits.style, draw) for one in group]
    text = texts.wrapped(
        texts.JOINERS[habits.joiner].join(written), habits.wrapper, paid_on, draw, 140
    )
    text = text.upper() if habits.upper else text
    name = payer_name(customer, draw)
    iban = draw.choice(customer.ibans) if habits.quotes_account else ""
    return [
        Paid(one, paid_on, one.amount - _discount(one, paid_on, customer), name, iban, text)
        for one in group
    ]


def _discount(item: Item, paid_on: date, customer: Customer) -> int:
    until = item.discount_until
    if until is None or paid_on > until or not customer.habits.takes_discount:
        return 0
    return item.amount * item.discount_pct // 100

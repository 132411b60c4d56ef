"""The hard cases that wait in today's queue, one of each kind that the first matcher meets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from acquit.entrypoints.console.demo.cast import Player
from acquit.entrypoints.console.demo.payers import Owed, Payment, written_name

FEE_MINOR = 1200
ROUNDS = 5


def cases(*, owed: Sequence[Owed], cast: Mapping[str, Player], day: date) -> list[Payment]:
    """Payments of today that a person has to look at."""
    by_customer: dict[str, list[Owed]] = defaultdict(list)
    for item in sorted(owed, key=lambda o: o.number):
        if item.customer in cast:
            by_customer[item.customer].append(item)
    singles = [items[-1] for _c, items in sorted(by_customer.items()) if len(items) >= 2]
    lumps = [items for _c, items in sorted(by_customer.items()) if len(items) >= 7]
    found: list[Payment] = []
    for item, make in zip(singles, _KINDS * ROUNDS, strict=False):
        found.append(make(cast[item.customer], item, day))
    if lumps:
        found.append(_seven_in_one(cast[lumps[0][0].customer], lumps[0][:7], day))
    return found


def _paid(player: Player, item: Owed, day: date, *, amount: int, text: str) -> Payment:
    return Payment(
        on=day,
        payer=written_name(player),
        iban=player.habit.iban,
        amount_minor=amount,
        currency=item.currency,
        text=text,
    )


def _fee_short(player: Player, item: Owed, day: date) -> Payment:
    amount = max(1, item.open_minor - FEE_MINOR)
    return _paid(player, item, day, amount=amount, text=f"{item.number} less bank charges")


def _swapped_digits(player: Player, item: Owed, day: date) -> Payment:
    number = item.number[:-2] + item.number[-1] + item.number[-2]
    return _paid(player, item, day, amount=item.open_minor, text=f"Payment {number}")


def _overpaid(player: Player, item: Owed, day: date) -> Payment:
    return _paid(player, item, day, amount=item.open_minor + 5000, text=item.number)


def _no_reference(player: Player, item: Owed, day: date) -> Payment:
    return _paid(player, item, day, amount=item.open_minor, text="")


def _partial(player: Player, item: Owed, day: date) -> Payment:
    return _paid(player, item, day, amount=item.open_minor // 2, text=f"part of {item.number}")


def _unknown_payer(player: Player, item: Owed, day: date) -> Payment:
    return Payment(
        on=day,
        payer="PAYCO SERVICES",
        iban="",
        amount_minor=item.open_minor + 333,
        currency=item.currency,
        text="collective payment",
    )


def _seven_in_one(player: Player, items: Sequence[Owed], day: date) -> Payment:
    amount = sum(item.open_minor for item in items)
    text = " ".join(item.number for item in items)
    return _paid(player, items[0], day, amount=amount, text=text)


_KINDS = (_fee_short, _swapped_digits, _overpaid, _no_reference, _partial, _unknown_payer)

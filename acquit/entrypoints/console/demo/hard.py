"""The hard cases that wait in today's queue: twelve kinds that a rule must not decide alone.

Each is made so that the matcher cannot be certain: it names too little, too much or the wrong
thing, or the amount is another one. Beside them come lines that show what is decided alone:
swapped digits with the right amount, no word from a payer who is known, a fair exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle

from acquit.entrypoints.console.demo.cast import Part, Player
from acquit.entrypoints.console.demo.payers import Owed, Payment, written_name

FEE_MINOR = 1200
EXTRA_MINOR = 5000
ODD_MINOR = 111  # so much more or less, and no document has the amount
BAD_RATE = Decimal("1.04")  # what a dear bank takes from the rate
MINOR_MIN = 20_000  # smaller invoices are left out: a fee would be most of them
# What payers write, in the language of their country.
WORDS = {
    "fee": {
        "RO": "{} comision retinut",
        "DE": "{} abzgl. Bankspesen",
        "FR": "{} frais bancaires déduits",
        "GB": "{} less bank charges",
    },
    "discount": {
        "RO": "{} cu discount 3%",
        "DE": "{} abzgl. 3% Skonto",
        "FR": "{} escompte 3% déduit",
        "GB": "{} less 3% discount",
    },
    "seven": {
        "RO": "facturile {} pana la {}",
        "DE": "Rechnungen {} bis {}",
        "FR": "factures de {} à {}",
        "GB": "invoices {} to {}",
    },
    "note": {
        "RO": "{} compensat cu storno din {}",
        "DE": "{} verrechnet mit Gutschrift vom {}",
        "FR": "{} compensé avec avoir du {}",
        "GB": "{} net of credit note of {}",
    },
}
KINDS = (
    "bank fee short",
    "seven in one",
    "unknown payer",
    "swapped digits",
    "overpayment",
    "duplicate",
    "ambiguous",
    "foreign currency",
    "credit note netting",
    "discount taken",
    "no reference",
    "part payment",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What today's payers look at. ``notes``: open credit notes; ``other``: the account in another
    currency, with units of the company's own currency (``home``) for one of it."""

    owed: Sequence[Owed]
    notes: Sequence[Owed]
    cast: Mapping[str, Player]
    day: date
    home: str
    other: str
    rate: Decimal


def cases(*, scene: Scene, count: int) -> list[Payment]:
    """Payments of today of which exactly ``count`` will wait, as far as there are invoices for
    them: each kind once, then the simple ones again and again."""
    found: list[Payment] = []
    used: set[str] = set()
    for make in (_seven_in_one, _ambiguous, _netting):
        made = make(scene)
        if made is not None:
            found.append(made)
            used.add(made.settles[0])
    customers = {_customer_of(scene, number) for number in used}
    singles = (item for item in _singles(scene) if item.customer not in customers)
    for make_one, item in zip(cycle(_SIMPLE), singles, strict=False):
        if len(found) >= count:
            break
        found.append(make_one(scene, scene.cast[item.customer], item))
    alone = [
        replace(make_one(scene, scene.cast[item.customer], item), kind="")
        for make_one, item in zip((_one_swapped, _only_amount, _fair), singles, strict=False)
    ]
    return [*found, *alone, *_beside(scene, found)]


def _beside(scene: Scene, found: Sequence[Payment]) -> Iterator[Payment]:
    """The first of each pair of duplicates is applied alone; a debit returned comes with them."""
    for payment in found:
        if payment.kind == "duplicate":
            yield replace(payment, kind="")
    payer = next(p for p in scene.cast.values() if p.part is Part.FAILING)
    yield Payment(
        on=scene.day,
        payer=written_name(payer),
        iban=payer.habit.iban,
        amount_minor=-48_750,
        currency=payer.currency,
        text="Return of direct debit: insufficient funds",
        kind="return debit",
        return_reason="AM04",
    )


def _customer_of(scene: Scene, number: str) -> str:
    return next(item.customer for item in scene.owed if item.number == number)


def _singles(scene: Scene) -> list[Owed]:
    """One invoice of each customer, in the company's own currency; the customers in an order that
    mixes large and small."""
    last: dict[str, Owed] = {}
    for item in sorted(scene.owed, key=lambda o: o.number):
        player = scene.cast.get(item.customer)
        if player is None or player.part not in (Part.USUAL, Part.PAPER):
            continue
        if item.currency == scene.home and item.open_minor >= MINOR_MIN:
            last[item.customer] = item
    return sorted(last.values(), key=lambda o: (o.number[::-1], o.customer))


def _paid(scene: Scene, player: Player, item: Owed, kind: str, amount: int, text: str) -> Payment:
    return Payment(
        on=scene.day,
        payer=written_name(player),
        iban=player.habit.iban or (player.data.iban or ""),
        amount_minor=amount,
        currency=item.currency,
        text=text,
        settles=(item.number,),
        kind=kind,
    )


def _said(word: str, player: Player, *parts: str) -> str:
    return WORDS[word][player.data.country or "GB"].format(*parts)


def _fee_short(scene: Scene, player: Player, item: Owed) -> Payment:
    amount = item.open_minor - FEE_MINOR
    return _paid(scene, player, item, "bank fee short", amount, _said("fee", player, item.number))


def _discount(scene: Scene, player: Player, item: Owed) -> Payment:
    """More than anybody agreed to: two per cent in time would be closed without a person."""
    amount = item.open_minor * 97 // 100
    return _paid(
        scene, player, item, "discount taken", amount, _said("discount", player, item.number)
    )


def _part(scene: Scene, player: Player, item: Owed) -> Payment:
    return _paid(scene, player, item, "part payment", item.open_minor * 37 // 100, item.number)


def _overpaid(scene: Scene, player: Player, item: Owed) -> Payment:
    amount = item.open_minor + EXTRA_MINOR
    return _paid(scene, player, item, "overpayment", amount, item.number)


def _swapped(scene: Scene, player: Player, item: Owed) -> Payment:
    paid = _one_swapped(scene, player, item)
    return replace(paid, amount_minor=item.open_minor - ODD_MINOR)


def _one_swapped(scene: Scene, player: Player, item: Owed) -> Payment:
    """Two neighbouring digits have changed places, the last ones first; what is written then is
    nobody's open invoice."""
    number, taken = item.number, {one.number for one in scene.owed}
    written = next(
        swapped
        for at in range(len(number) - 2, 0, -1)
        if number[at : at + 2].isdigit()
        and (swapped := number[:at] + number[at + 1] + number[at] + number[at + 2 :]) not in taken
    )
    return _paid(scene, player, item, "swapped digits", item.open_minor, written)


def _silent(scene: Scene, player: Player, item: Owed) -> Payment:
    return _paid(scene, player, item, "no reference", item.open_minor + ODD_MINOR, "")


def _only_amount(scene: Scene, player: Player, item: Owed) -> Payment:
    return _paid(scene, player, item, "", item.open_minor, "")


def _duplicate(scene: Scene, player: Player, item: Owed) -> Payment:
    return _paid(scene, player, item, "duplicate", item.open_minor, item.number)


def _unknown(scene: Scene, player: Player, item: Owed) -> Payment:
    paid = _paid(
        scene, player, item, "unknown payer", item.open_minor + 333, "AVANS / DEPOSIT 4471"
    )
    return replace(paid, payer="PAYCO SERVICES", iban="")


def _foreign(scene: Scene, player: Player, item: Owed) -> Payment:
    amount = int(Decimal(item.open_minor) / scene.rate / BAD_RATE)
    paid = _paid(scene, player, item, "foreign currency", amount, item.number)
    return replace(paid, currency=scene.other)


def _fair(scene: Scene, player: Player, item: Owed) -> Payment:
    amount = int(Decimal(item.open_minor) / scene.rate)
    return replace(_paid(scene, player, item, "", amount, item.number), currency=scene.other)


_SIMPLE: tuple[Callable[[Scene, Player, Owed], Payment], ...] = (
    _fee_short,
    _swapped,
    _overpaid,
    _duplicate,
    _foreign,
    _discount,
    _silent,
    _part,
    _unknown,
)


def _seven_in_one(scene: Scene) -> Payment | None:
    """Seven invoices of a building site, of which the payer names the first and the last; his
    bank keeps a fee, so that the sum does not show which are meant."""
    player = next(p for p in scene.cast.values() if p.part is Part.SITE)
    own = [item for item in scene.owed if item.customer == player.data.number]
    bundle = sorted(own, key=lambda item: item.number)[-7:]
    if len(bundle) < 7:
        return None
    amount = sum(item.open_minor for item in bundle) - FEE_MINOR
    text = _said("seven", player, bundle[0].number, bundle[-1].number)
    paid = _paid(scene, player, bundle[0], "seven in one", amount, text)
    return replace(paid, settles=tuple(item.number for item in bundle))


def _ambiguous(scene: Scene) -> Payment | None:
    """One payment, no word, and as many invoices of that amount as the standing order made."""
    player = next(p for p in scene.cast.values() if p.part is Part.STANDING)
    own = [item for item in scene.owed if item.customer == player.data.number]
    return _paid(scene, player, own[0], "ambiguous", own[0].open_minor, "") if own else None


def _netting(scene: Scene) -> Payment | None:
    """An invoice less a credit note that the payer does not name."""
    for note in scene.notes:
        for item in scene.owed:
            player = scene.cast.get(item.customer)
            fits = item.customer == note.customer and item.currency == note.currency
            if player is None or not fits or item.open_minor <= note.open_minor:
                continue
            amount = item.open_minor - note.open_minor
            day = f"{scene.day - timedelta(days=3):%d.%m.}"
            text = _said("note", player, item.number, day)
            return _paid(scene, player, item, "credit note netting", amount, text)
    return None

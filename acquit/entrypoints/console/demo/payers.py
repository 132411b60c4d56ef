"""How the demo's customers pay: pure decisions from open items and habits to bank lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from acquit.core.documents.bank import BankLine
from acquit.core.text import fold
from acquit.entrypoints.console.demo.cast import Habit, Player
from acquit.entrypoints.console.demo.trade import Span


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice as its payer sees it."""

    customer: str  # number
    number: str
    due_on: date
    open_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A transfer: what the payer types into his bank, and (``settles``) what he means by it.

    A negative amount is money that the bank took back, for ``return_reason``. ``is_begun``: more
    of the same will come. ``kind`` names the hard case it is an example of.
    """

    on: date
    payer: str
    iban: str
    amount_minor: int
    currency: str
    text: str
    settles: tuple[str, ...] = ()
    is_begun: bool = False
    kind: str = ""
    return_reason: str = ""


def payments(
    *,
    owed: Sequence[Owed],
    cast: Mapping[str, Player],
    span: Span,
    first_day: date,
    begun: Collection[str],
) -> list[Payment]:
    """Everything that is paid within the span, oldest first. ``begun``: numbers of which a first
    part was paid."""
    month = months(first_day, span.last)
    by_payer: dict[str, list[tuple[date, Owed]]] = defaultdict(list)
    for item in owed:
        player = cast.get(item.customer)
        if player is None or month >= player.habit.stops_after_month:
            continue
        day = max(span.first, _pay_day(item, player.habit, month))
        if day <= span.last:
            merged = month >= player.habit.paid_by_month
            by_payer[player.habit.paid_by if merged else item.customer].append((day, item))
    found: list[Payment] = []
    for number, items in sorted(by_payer.items()):
        ordered = sorted(items, key=lambda pair: (pair[0], pair[1].number))
        found += _transfers(cast[number], ordered, begun)
    return sorted(found, key=lambda p: (p.on, p.payer, p.amount_minor))


def is_certain(payment: Payment) -> bool:
    """Whether it names what it pays and pays all of it: nobody needs to look at it."""
    return bool(payment.text) and bool(payment.settles) and not payment.kind


def months(first_day: date, today: date) -> int:
    """Whole calendar months between two days."""
    return (today.year - first_day.year) * 12 + today.month - first_day.month


def _pay_day(item: Owed, habit: Habit, month: int) -> date:
    dice = Random(f"day {item.number}")
    jitter = dice.randint(-habit.jitter_days, habit.jitter_days)
    late = habit.delay_days + habit.later_days * month
    day = item.due_on + timedelta(days=late + jitter)
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def _transfers(
    player: Player, items: Sequence[tuple[date, Owed]], begun: Collection[str]
) -> Iterator[Payment]:
    """One transfer per invoice, or one for several by those who pay in lumps."""
    dice = Random(f"pay {items[0][1].number}")
    queue = list(items)
    while queue:
        take = 1
        if len(queue) > 1 and dice.randrange(100) < player.habit.lump_percent:
            take = min(len(queue), dice.randint(2, 7))
        bundle, queue = queue[:take], queue[take:]
        yield _transfer(dice, player, bundle, begun)


def _transfer(
    dice: Random, player: Player, bundle: Sequence[tuple[date, Owed]], begun: Collection[str]
) -> Payment:
    habit = player.habit
    amount = sum(item.open_minor for _day, item in bundle)
    numbers = tuple(item.number for _day, item in bundle)
    is_fresh = not any(number in begun for number in numbers)
    is_half = is_fresh and len(bundle) == 1 and dice.randrange(100) < habit.half_percent
    kind = ""
    if is_half:
        amount, kind = amount // 2, "part"
    elif is_fresh and dice.randrange(100) < habit.short_percent and amount > 5000:
        amount -= dice.choice((500, 1000, 1250))  # a fee of the sending bank
        kind = "fee"
    silent = not is_half and dice.randrange(100) < habit.silent_percent
    return Payment(
        on=bundle[-1][0],
        payer=written_name(player),
        iban=habit.iban,
        amount_minor=amount,
        currency=bundle[0][1].currency,
        text="" if silent else _text(dice, player.data.country or "", numbers),
        settles=numbers,
        is_begun=bool(kind),
        kind=kind,
    )


def card_settlement(*, on: date, currency: str) -> Payment:
    """What the card terminals took in, as their provider pays it out."""
    return Payment(
        on=on,
        payer="KARTA PAYMENTS",
        iban="",
        amount_minor=842_35,
        currency=currency,
        text=f"POS {on:%d%m} 17 tx",
    )


def written_name(player: Player) -> str:
    """The payer's name as his bank writes it."""
    name = player.data.name or ""
    if player.habit.name_style == 1:
        return fold(name)
    return name[:27] if player.habit.name_style == 2 else name


def _text(dice: Random, country: str, numbers: Sequence[str]) -> str:
    words = {
        "RO": ("Plata fact. {}", "CV factura {}", "{}", "achitat fact {}"),
        "DE": ("Rechnung {}", "RE-NR {}", "{}", "Zahlung {} vielen Dank"),
        "FR": ("Facture {}", "Règlement facture {}", "{}", "VIR FACT {}"),
        "GB": ("Invoice {}", "INV {}", "{}", "Payment of {}"),
    }
    listed = dice.choice((", ", " ", " + ")).join(numbers)
    return dice.choice(words.get(country, ("{}",))).format(listed)


def bank_lines(items: Iterable[Payment], *, fees_on: date | None) -> tuple[BankLine, ...]:
    """The payments as movements of the account, and the bank's own fee at the end."""
    lines = [
        BankLine(
            position=index,
            entry_number=index,
            booking_date=payment.on,
            value_date=payment.on,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            payer_name=payment.payer,
            payer_iban=payment.iban,
            end_to_end_id="NOTPROVIDED",
            remittance=payment.text,
            bank_reference=f"{payment.on:%y%m%d}{index:05d}",
            transaction_code="PMNT/RDDT/UPDD" if payment.return_reason else "PMNT/RCDT/ESCT",
            is_reversal=bool(payment.return_reason),
            return_reason=payment.return_reason,
        )
        for index, payment in enumerate(items, start=1)
    ]
    if fees_on is not None and lines:
        lines.append(
            BankLine(
                position=len(lines) + 1,
                entry_number=len(lines) + 1,
                booking_date=fees_on,
                value_date=fees_on,
                amount_minor=-1290,
                currency=lines[0].currency,
                additional_text="Account fee",
                transaction_code="ACMT/MDOP/FEES",
            )
        )
    return tuple(lines)

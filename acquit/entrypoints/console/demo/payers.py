"""How the demo's customers pay: pure decisions from open items and habits to bank lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """A transfer: what the payer types into his bank, and (``settles``) what he means by it."""

    on: date
    payer: str
    iban: str
    amount_minor: int
    currency: str
    text: str
    settles: tuple[str, ...] = ()


def payments(
    *, owed: Sequence[Owed], cast: Mapping[str, Player], span: Span, first_day: date
) -> list[Payment]:
    """Everything that is paid within the span, oldest first."""
    by_payer: dict[str, list[tuple[date, Owed]]] = defaultdict(list)
    for item in owed:
        player = cast.get(item.customer)
        if player is None or _has_stopped(player.habit, first_day, span.last):
            continue
        day = max(span.first, _pay_day(item, player.habit))
        if day <= span.last:
            by_payer[item.customer].append((day, item))
    found: list[Payment] = []
    for number, items in sorted(by_payer.items()):
        found += _transfers(cast[number], sorted(items, key=lambda pair: (pair[0], pair[1].number)))
    return sorted(found, key=lambda p: (p.on, p.payer, p.amount_minor))


def _has_stopped(habit: Habit, first_day: date, today: date) -> bool:
    months = (today.year - first_day.year) * 12 + today.month - first_day.month
    return months >= habit.stops_after_month


def _pay_day(item: Owed, habit: Habit) -> date:
    dice = Random(f"day {item.number}")
    jitter = dice.randint(-habit.jitter_days, habit.jitter_days)
    day = item.due_on + timedelta(days=habit.delay_days + jitter)
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def _transfers(player: Player, items: Sequence[tuple[date, Owed]]) -> Iterator[Payment]:
    """One transfer per invoice, or one for several by those who pay in lumps."""
    dice = Random(f"pay {items[0][1].number}")
    queue = list(items)
    while queue:
        take = 1
        if len(queue) > 1 and dice.randrange(100) < player.habit.lump_percent:
            take = min(len(queue), dice.randint(2, 7))
        bundle, queue = queue[:take], queue[take:]
        yield _transfer(dice, player, bundle)


def _transfer(dice: Random, player: Player, bundle: Sequence[tuple[date, Owed]]) -> Payment:
    habit = player.habit
    amount = sum(item.open_minor for _day, item in bundle)
    if dice.randrange(100) < habit.short_percent and amount > 5000:
        amount -= dice.choice((500, 1000, 1250))  # a fee of the sending bank
    silent = dice.randrange(100) < habit.silent_percent
    numbers = [item.number for _day, item in bundle]
    return Payment(
        on=bundle[-1][0],
        payer=written_name(player),
        iban=habit.iban,
        amount_minor=amount,
        currency=player.currency,
        text="" if silent else _text(dice, player.data.country or "", numbers),
        settles=tuple(numbers),
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
            transaction_code="PMNT/RCDT/ESCT",
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

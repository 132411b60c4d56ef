"""Laws of the engine over small worlds in which everything is close together: numbers that are
cut, mistyped or shared, amounts that many documents have, advices that say too much."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from acquit.stages.matching.rules.confidence import shipped
from acquit.stages.matching.rules.engine import answer
from acquit.stages.matching.rules.inputs import (
    REFERENCES_PART,
    Advice,
    AdvicePart,
    Answer,
    BankLine,
    Customer,
    OpenItem,
    PaidItem,
)
from acquit.stages.matching.rules.patterns import Told
from acquit.stages.matching.rules.plans import planned

DAY = 740_000
AMOUNTS = (100, 250, 500, 1_190, 2_000, 2_380, 9_999, 10_000, 12_345, 25_000, 33_300)
STYLES = ("RE-%04d", "INV-2026-%05d", "%d", "RE%d/2026", "FV/2026/03/%04d", "A%dB", "%08d", "Nº%d")
NAMES = ("Müller GmbH", "Mueller Gmbh", "Société X SARL", "Alpha", "SC BETA", "A", "")
IBANS = ("", "DE00", "DE01", "DE02")
WORDS = (
    *("RE", "fact nr", "und", "bis", "-", "/", ",", "abzgl 2% Skonto", "Teilzahlung", "Gutschrift"),
    *("vom 01.02.2026", "Tel 0761 123456789", "etc", "u. a.", "RF18539007547034", "EREF+", "4711"),
    *("avans", "123", "105", "١٢٣", "²", "\n", "", "4711", "4711", "4711", "4711"),
)
RATES = {"EUR": 100, "USD": 90, "JPY": 1}


def world(draw: Random) -> dict[str, Any]:
    customers = [_customer(draw, at) for at in range(draw.randint(1, 5))]
    style = draw.choice(STYLES)
    items = [_item(draw, at, style, customers) for at in range(draw.randint(0, 20))]
    lines = [_line(draw, at, items, customers) for at in range(draw.randint(1, 6))]
    return {
        "customers": customers,
        "items": items,
        "lines": lines,
        "history": [_paid(draw, style, customers) for _ in range(draw.randint(0, 10))],
        "advices": [_advice(draw, line, items) for line in lines if draw.random() < 0.5],
    }


def _customer(draw: Random, at: int) -> Customer:
    return Customer(
        f"C{at}",
        draw.choice(NAMES),
        number=draw.choice((f"K-{at}", "4711")),
        ibans=tuple(draw.sample(IBANS[1:], draw.randint(0, 2))),
        parent=draw.choice((None, None, f"C{at // 2}")),
        aliases=tuple(draw.sample(NAMES, draw.randint(0, 2))),
    )


def _item(draw: Random, at: int, style: str, customers: list[Customer]) -> OpenItem:
    amount = draw.choice(AMOUNTS) * draw.choice((1, 1, 1, -1))
    left = amount if draw.random() < 0.8 else amount // 2
    discount = draw.choice((0, 0, 200, 1))
    issued = DAY - draw.randint(0, 60)
    orders = draw.sample((f"PO-7{at}199", f"45000{at:05}", "RF18539007547034"), draw.randint(0, 2))
    return OpenItem(
        f"I{at}",
        draw.choice(customers).id,
        style % draw.choice((at + 1, 100 + at, at * 111, draw.randrange(20))),
        amount,
        left,
        draw.choice(("EUR",) * 8 + ("USD", "JPY")),
        issued,
        issued + 30,
        discount,
        issued + 14 if discount else 0,
        REFERENCES_PART.join(orders),
    )


def _text(draw: Random, items: list[OpenItem]) -> str:
    said = []
    for _ in range(draw.randint(0, 7)):
        number = draw.choice(items).number if items and draw.random() < 0.5 else ""
        swapped = f"{number[:-2]}{number[-1:]}{number[-2:-1]}"
        forms = (number, number, number[:-1], swapped, number[-4:], number.replace("-", " "))
        said.append(draw.choice(forms) if number else draw.choice(WORDS))
    return draw.choice((" ", "", ", ")).join(said)


def _line(draw: Random, at: int, items: list[OpenItem], customers: list[Customer]) -> BankLine:
    chosen = draw.sample(items, min(len(items), draw.randint(0, 4)))
    whole = sum(one.open for one in chosen)
    amount = whole if whole > 0 and draw.random() < 0.8 else draw.choice(AMOUNTS)
    off = draw.choice((0, 0, 0, 3, -3, 500, -500, -amount // 50, -amount // 2, amount))
    return BankLine(
        f"L{at}",
        DAY + draw.randint(-10, 30),
        max(1, amount + off),
        draw.choice(("EUR",) * 7 + ("USD", "XXX")),
        draw.choice((*NAMES, "PAYPAL")),
        draw.choice(IBANS),
        _text(draw, items) if draw.random() < 0.3 else "",
        _text(draw, items) if draw.random() < 0.85 else "",
        customer=draw.choice((None,) * 5 + (draw.choice(customers).id,)),
        charges=draw.choice((0,) * 6 + (500,)),
    )


def _paid(draw: Random, style: str, customers: list[Customer]) -> PaidItem:
    amount = draw.choice(AMOUNTS)
    number = style % draw.randrange(400)
    return PaidItem(
        draw.choice(customers).id,
        number,
        amount,
        draw.choice(("EUR", "USD")),
        DAY - 60,
        DAY - draw.randint(0, 90),
        draw.choice((amount, draw.choice(AMOUNTS))),
        draw.choice(NAMES),
        draw.choice(IBANS),
        draw.choice(("", f"SVWZ+ {number}", "4711")),
    )


def _advice(draw: Random, line: BankLine, items: list[OpenItem]) -> Advice:
    parts = [
        AdvicePart(
            draw.choice((one.number, one.number, "?")),
            draw.choice((one.open, one.open // 2, one.amount, line.amount)),
            draw.choice((0, 0, 5, -5)),
        )
        for one in draw.sample(items, min(len(items), draw.randint(0, 3)))
    ]
    return Advice(
        f"AV-{line.id}",
        "",
        line.amount,
        line.currency,
        tuple(parts),
        line=draw.choice((line.id, None)),
        fee=draw.choice((0, 0, 12)),
        netted=draw.choice((0, 0, 50)),
        is_declared=draw.random() < 0.2,
    )


def _convert(amount: int, source: str, target: str, _day: int) -> int | None:
    if source not in RATES or target not in RATES:
        return amount if source == target else None
    return round(amount * RATES[source] / RATES[target])


def _answers(given: dict[str, Any]) -> list[Answer]:
    told = Told(history=given["history"])
    return answer(**given, convert=_convert, confidence=shipped(), told=told)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_line_is_answered_and_no_document_gets_more_than_is_open(draw: Random) -> None:
    given = world(draw)
    items = {one.id: one for one in given["items"]}
    lines = {one.id: one for one in given["lines"]}
    taken: Counter[str] = Counter()
    ranks: dict[str, list[int]] = {key: [] for key in lines}
    for one in _answers(given):
        line = lines[one.line]
        ranks[one.line].append(one.rank)
        assert 0 <= one.probability <= 1 and one.rivals >= 0
        if {items[key].currency for key, _ in one.credited} <= {line.currency}:
            assert sum(part for _, part in one.credited) + one.residue == line.amount
        for key, part in one.credited:
            assert 0 < part / items[key].open <= 1
            taken[key] += part if one.rank == 1 else 0
        _is_planned_to_the_cent(one, line, items)
    assert all(several == list(range(1, len(several) + 1)) for several in ranks.values())
    assert all(abs(part) <= abs(items[key].open) for key, part in taken.items())


def _is_planned_to_the_cent(one: Answer, line: BankLine, items: dict[Any, OpenItem]) -> None:
    credited: Counter[Any] = Counter()
    for share in planned(one, line, items).shares:
        assert share.amount_minor > 0
        credited[share.open_item_id] += share.amount_minor
        if share.credit_item_id is not None:
            credited[share.credit_item_id] -= share.amount_minor
    assert not credited or credited == dict(one.credited)


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_order_changes_an_answer(draw: Random) -> None:
    given = world(draw)
    found = {(one.line, one.rank): one for one in _answers(given)}
    shuffled = {name: draw.sample(several, len(several)) for name, several in given.items()}
    assert {(one.line, one.rank): one for one in _answers(shuffled)} == found

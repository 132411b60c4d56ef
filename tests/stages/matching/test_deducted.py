"""Less money than documents come to, for several reasons at once; nothing of it posts itself."""

from __future__ import annotations

import pytest

from acquit.stages.matching.rules.inputs import Answer, BankLine, Customer, OpenItem
from acquit.stages.matching.rules.plans import planned
from tests.stages.matching.test_engine import TODAY, best, item, money

MOTHER = Customer("M", "Holding Nord SE", "M", ("DE02120300000000202051",))
DAUGHTER = Customer("D", "Nordwerk Handel GmbH", "D", parent="M")
AMOUNTS = [187_040, 124_000, 99_000, 231_050, 145_520, 80_550, 199_999, 132_050, 65_000]
DISCOUNTED = {1: 2_480, 3: 4_621, 5: 1_611, 7: 2_641}  # place: 2 % of it
CREDIT = -12_130
WHOLE, TAKEN, FEE = sum(AMOUNTS), sum(DISCOUNTED.values()), 1_200
SPAN = "R-1001 bis R-1009"
LISTED = " ".join(f"R-{1001 + at}" for at in range(9))


def claims() -> list[OpenItem]:
    offered = {"discount_bp": 200, "discount_until": TODAY}
    invoices = []
    for at, amount in enumerate(AMOUNTS):
        terms = offered if at in DISCOUNTED else {}
        invoices.append(item(f"R-{1001 + at}", amount, customer="D", age=12 - at, **terms))
    return [*invoices, item("CN-77", CREDIT, customer="D", age=2)]


def paid(amount: int, text: str) -> tuple[Answer, BankLine]:
    line = money(amount, text, payer_name=MOTHER.name, payer_iban=MOTHER.ibans[0])
    return best(line, claims(), customers=[MOTHER, DAUGHTER]), line


@pytest.mark.parametrize(
    ("amount", "text", "is_credited"),
    [
        (WHOLE - TAKEN - FEE, LISTED, False),
        (WHOLE - TAKEN + CREDIT - FEE, f"{LISTED} CN-77", True),
        (WHOLE - TAKEN + CREDIT - FEE, LISTED, True),
        (WHOLE - TAKEN, SPAN, False),
        (WHOLE - FEE, SPAN, False),
        (WHOLE + CREDIT, f"{SPAN} abzgl. CN-77", True),
        (WHOLE - TAKEN + CREDIT, f"{SPAN} abzgl. CN-77", True),
        (WHOLE - TAKEN + CREDIT - FEE, f"{SPAN} abzgl. CN-77", True),
        (WHOLE - TAKEN + CREDIT - FEE, SPAN, True),
        (WHOLE - TAKEN, "Sammelzahlung", False),
        (WHOLE - TAKEN - FEE, "Sammelzahlung", False),
        (WHOLE - TAKEN + CREDIT - FEE, "Sammelzahlung", True),
    ],
)
def test_a_mother_pays_nine_invoices_less_what_she_took_off(
    amount: int, text: str, is_credited: bool
) -> None:
    found, line = paid(amount, text)
    expected = {f"R-{1001 + at}": part for at, part in enumerate(AMOUNTS)}
    assert dict(found.credited) == expected | ({"CN-77": CREDIT} if is_credited else {})
    assert 0.2 < found.probability < 0.99  # a person's to accept
    items = {one.id: one for one in claims()}
    shares = planned(found, line, items).shares
    money_minor = sum(one.money_minor for one in shares)
    off = {(one.number, one.adjustment): one.amount_minor for one in shares if one.adjustment}
    assert money_minor == amount
    rest = WHOLE + (CREDIT if is_credited else 0) - amount
    if rest >= TAKEN:
        agreed = {(f"R-{1001 + at}", "discount"): part for at, part in DISCOUNTED.items()}
        assert {key: part for key, part in off.items() if key[1] == "discount"} == agreed
    assert sum(off.values()) == rest


def test_what_is_missing_for_no_reason_is_no_such_answer() -> None:
    for short in (4_321, 60_000):
        found, _line = paid(WHOLE - TAKEN - short, SPAN)
        assert found.credited == () or found.residue >= 0
    found, _line = paid(WHOLE - TAKEN - 778, "Sammelzahlung")
    assert found.credited == ()

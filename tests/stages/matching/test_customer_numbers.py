"""A payer is known by his own number in the text."""

from __future__ import annotations

from acquit.stages.matching.rules.inputs import Customer
from tests.stages.matching.test_engine import MUELLER, best, item, money


def test_a_customer_is_known_by_his_number_however_it_is_written() -> None:
    known = Customer("C7", "Nobody Knows Ltd", "CUST-00815")
    claim = item("INV-2026-000902", 41_300, customer="C7")
    said = [
        best(line, [claim, item("INV-2026-000903", 41_300)], customers=[known, MUELLER])
        for line in (
            money(41_300, text, payer_name="X", payer_iban="")
            for text in ("Kunde CUST-00815", "cust 00815", "CUST00815")
        )
    ]
    assert [dict(one.credited) for one in said] == [{claim.id: 41_300}] * 3
    assert {one.rivals for one in said} == {0}


def test_a_customers_number_that_two_have_names_nobody() -> None:
    several = [Customer(f"C{at}", f"Name {at} Ltd", "4711815") for at in (7, 8)]
    claim = item("INV-2026-000902", 41_300, customer="C7")
    line = money(41_300, "Kunde 4711815", payer_name="X", payer_iban="")
    found = [best(line, [claim], customers=given) for given in (several, several[::-1])]
    assert found[0] == found[1]
    assert found[0].rivals

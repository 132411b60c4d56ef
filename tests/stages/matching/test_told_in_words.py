"""What a clerk reads in a text beside numbers: a credit note in short, a day, a month, a retention,
a document that was paid; and what the evidence says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from acquit.stages.matching.rules.dates import Days
from acquit.stages.matching.rules.inputs import Answer, PaidItem
from acquit.stages.matching.rules.reading import read
from tests.stages.matching.test_engine import TODAY, ask, best, item, money


def _said(found: Answer) -> list[str]:
    return [one.text for one in found.reasons]


def test_a_credit_note_named_in_short_is_what_was_taken_off() -> None:
    claims = [
        item("RE-2026-10480", 980_000, age=30),
        item("RE-2026-10481", 441_190, age=29),
        item("GS-2026-00077", -31_190, age=10),
    ]
    found = best(money(1_390_000, "10480 10481 abz. GS 77"), claims)
    assert found.reason == "netting"
    assert dict(found.credited) == {one.id: one.open for one in claims}
    assert "a credit note of the customer is taken off" in _said(found)
    other = best(money(1_390_000, "10480 10481 abz. Mangel"), claims)
    assert other.reason == "short-pay"  # nothing tells of a credit note


def test_an_amount_beside_the_number_of_what_was_paid_is_not_sure() -> None:
    """Either he mistyped the number, or he pays that document again, wrongly."""
    claims = [item("RE-2026-10455", 231_000)]
    paid = PaidItem("C1", "RE-2026-10288", 204_420, "EUR", TODAY - 30, TODAY - 20, 204_420)
    line = money(231_000, "RE-2026-10288")
    assert best(line, claims, history=[paid]).rivals == 1
    assert best(replace(line, text="danke"), claims, history=[paid]).rivals == 0


def test_another_document_that_makes_it_whole_comes_before_money_too_much() -> None:
    claims = [item("RE-2026-10417", 148_750, age=40), item("BL-2026-00007", 2_500, age=5)]
    found = best(money(151_250, "10417 + Mahnspesen"), claims)
    assert dict(found.credited) == {one.id: one.open for one in claims}
    assert best(money(151_251, "10417 + Mahnspesen"), claims).reason == "overpayment"


@pytest.mark.parametrize("text", ["FACTURE DU {day:%d/%m/%Y}", "Rg. vom {day:%d.%m.%y}", "{day}"])
def test_the_day_of_a_document_tells_it_from_others_of_its_amount(text: str) -> None:
    claims = [item(f"RE-2026-1040{n}", 126_000, age=60 - 20 * n) for n in range(3)]
    day = date.fromordinal(claims[2].issued)
    found = best(money(126_000, text.format(day=day)), claims)
    assert found.credited == ((claims[2].id, 126_000),)
    assert found.rivals == 2  # a person looks: it is no number
    assert "the text tells the day or the month of the document" in _said(found)
    assert best(money(126_000, "danke"), claims).credited == ((claims[0].id, 126_000),)


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("Miete Juni", 2),
        ("LOYER MAI 2026", 1),
        ("chirie aprilie", 0),
        ("abo 05/2026", 1),
        ("rent May and June", None),
        ("Miete Juni 2025", None),
        ("MAIER", None),
    ],
)
def test_months_are_read_in_four_languages(text: str, which: int | None) -> None:
    issued = [TODAY - 80, TODAY - 50, TODAY - 20]  # of April, May and June 2026
    assert Days(read(text).folded).one_of(issued) == which


@pytest.mark.parametrize(
    "words",
    [
        "less 5% retention",
        "abzgl. 5% Sicherheitseinbehalt",
        "retenue de garantie 5%",
        "retinere 5% garantie de buna executie",
        "retencion de garantia 5%",
    ],
)
def test_a_retention_is_neither_a_tax_nor_a_discount(words: str) -> None:
    """It stays owed until the works are accepted."""
    assert read(words).words == {"less"}
    claims = [item("RE-2026-10455", 231_000)]
    line = money(219_450, f"RE-2026-10455 {words}")
    found = best(line, claims)
    assert (found.credited, found.reason) == ((("RE-2026-10455", 219_450),), "short-pay")
    assert all(one.reason != "tax" for one in ask([line], claims))


def test_a_round_share_without_a_word_is_no_tax_for_sure() -> None:
    """It may be a claim, a discount or a retention. Who withheld it before does so again."""
    claims = [item("RE-2026-10455", 231_000)]
    line = money(219_450, "RE-2026-10455")
    before = [
        PaidItem("C1", f"RE-2025-1000{n}", 100_000, "EUR", TODAY - 90, TODAY - 90 + n, 95_000)
        for n in range(2)
    ]
    silent = best(line, claims)
    assert (silent.reason, silent.rivals) == ("tax", 1)
    assert "5 % is missing, as where tax is withheld" in _said(silent)
    assert best(line, claims, history=before[:1]).rivals == 1
    assert best(line, claims, history=before).rivals == 0
    assert best(replace(line, amount=207_900), claims, history=before).rivals == 1  # 10 %
    said = best(replace(line, text="RE-2026-10455 Quellensteuer"), claims)
    assert (said.reason, said.rivals) == ("tax", 0)
    assert "5 % tax was kept back" in _said(said)


def test_parts_that_are_the_whole_together_are_instalments() -> None:
    lines = [money(70_000, "RE-2026-10417", id="L1"), money(78_750, "RE-2026-10417", id="L2")]
    found = [one for one in ask(lines, [item("RE-2026-10417", 148_750)]) if one.rank == 1]
    assert [one.reason for one in found] == ["instalment", "instalment"]
    assert all("with other receipts it is paid whole" in _said(one) for one in found)


def test_evidence_names_a_number_by_its_end_and_marks_the_place() -> None:
    found = best(money(238_000, "plata factura 4471"), [item("STF 2026-4471", 238_000)])
    named = next(one for one in found.reasons if one.kind == "reference")
    assert (named.text, named.start, named.end) == ("number STF 2026-4471 in text", 14, 18)


def test_evidence_says_that_as_much_was_paid_before() -> None:
    paid = PaidItem("C1", "RE-2026-10201", 126_000, "EUR", TODAY - 40, TODAY - 30, 126_000)
    found = best(money(126_000), [item("RE-2026-10455", 126_000)], history=[paid])
    assert "the customer paid this amount before" in _said(found)


def test_a_number_in_a_currency_without_a_rate_is_named() -> None:
    foreign = money(148_750, "RE-2026-10417", currency="USD")
    found = best(foreign, [item("RE-2026-10417", 148_750)])
    assert found.credited == ()
    assert {"number RE-2026-10417 in text", "no rate from EUR to USD"} <= set(_said(found))

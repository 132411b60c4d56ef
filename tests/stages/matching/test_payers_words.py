"""What payers write beside numbers, in many languages: what they took off, what is only a part."""

from __future__ import annotations

import pytest

from acquit.stages.matching.rules.reading import read
from tests.stages.matching.test_doubts import SURE
from tests.stages.matching.test_engine import TODAY, best, item, money


def test_a_part_named_by_the_end_to_end_id_alone_is_answered_though_the_text_is_empty() -> None:
    claim = item("INV-2026-000901", 88_000)
    found = best(money(50_000, "", end_to_end=claim.number), [claim])
    assert (dict(found.credited), found.reason) == ({claim.id: 50_000}, "instalment")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("RG {} abzgl. 34,50 Bruch", "less"),
        ("Re {} gekürzt um 34,50 Preisdifferenz", "less"),
        ("Re {} gekuerzt um 34,50", "less"),
        ("RG {} ./. 34,50 Reklamation", "less"),
        ("F {} moins casse 34,50", "less"),
        ("{} retenue pénalité logistique 34,50", "less"),
        ("ff {} minus daune 34,50", "less"),
        ("ff {} retinut 34,50 penalități", "less"),
        ("{} shortage 34.50", "less"),
        ("FT {} meno 34,50 contestazione", "less"),
        ("FRA {} menos 34,50 rotura", "less"),
        ("factuur {} breuk 34,50", "less"),
        ("FV {} potrącenie 34,50", "less"),
        ("RG {} abzgl. 3% Skonto", ""),
        ("plata partiala ff {}", "part"),
        ("deelbetaling {}", "part"),
        ("częściowa zapłata {}", "part"),
        ("échéance 1/3 {}", "part"),
        ("{} échéance 30/06/2026", ""),
        ("acont", "advance"),
        ("pago a cuenta", "advance"),
        ("payment on account no 4711", ""),
        ("restituire TVA", "back"),
        ("sinistre {}", "back"),
        ("zwrot VAT", "back"),
        ("{} minus storno", "less credit"),
        ("{} - avoir", "credit"),
        ("{} less CN", "less credit"),
        ("{} abzgl. Gutschrift", "back less credit"),
        ("SEPA-Gutschrift {}", "back"),
        ("{}", ""),
    ],
)
def test_what_words_hint_at(text: str, kind: str) -> None:
    assert read(text.format("INV-2026-000901")).words == set(kind.split())


@pytest.mark.parametrize("words", ["u.a.", "usw", "e altre", "y otras", "si altele", "i inne"])
def test_words_for_more_documents(words: str) -> None:
    assert read(f"INV-2026-000901 {words}").has_more


def test_money_less_a_credit_note_is_netted_with_those_that_come_to_it_and_no_short_payment() -> (
    None
):
    claims = [
        item("INV-2026-000901", 117_372),
        item("INV-2026-000902", -35_211, age=9),
        item("INV-2026-000903", -5_868, age=5),
    ]
    found = best(money(76_293, "INV-2026-000901 less CN"), claims)
    assert dict(found.credited) == {one.id: one.open for one in claims}
    assert found.rivals == 0
    other = best(money(70_000, "INV-2026-000901 less CN"), claims)
    assert (dict(other.credited), other.rivals) == ({claims[0].id: 70_000}, 1)
    alone = best(money(76_293, "INV-2026-000901 less CN"), claims[:1])
    assert (alone.reason, alone.rivals) == ("short-pay", 0)


def test_every_credit_note_of_the_missing_sum_is_a_rival_however_many_there_are() -> None:
    claims = [item("INV-2026-000901", 100_000)]
    claims += [item(f"INV-2026-00091{at}", -7_000 - at * (at < 6), age=9) for at in range(8)]
    found = best(money(93_000, "INV-2026-000901"), claims)
    assert (found.reason, found.rivals) == ("netting", 2)


def test_a_credit_note_that_is_named_pays_its_part_where_money_is_missing() -> None:
    claims = [item("INV-2026-000901", 43_771), item("INV-2026-000902", -6_529, age=5)]
    found = best(money(11_488, "INV-2026-000901 minus storno INV-2026-000902"), claims)
    assert dict(found.credited) == {claims[0].id: 18_017, claims[1].id: -6_529}


def test_a_reason_for_taking_off_money_is_no_fee() -> None:
    claim = item("INV-2026-000901", 68_690)
    assert best(money(68_190, "INV-2026-000901"), [claim]).reason == "fee"
    said = best(money(68_190, "INV-2026-000901 retenue 5,00 pénalité"), [claim])
    assert said.reason != "fee" or said.rivals


def test_an_advance_on_a_document_is_a_part_of_it() -> None:
    claim = item("INV-2026-000901", 90_000)
    found = best(money(30_000, "Anzahlung INV-2026-000901"), [claim])
    assert (dict(found.credited), found.reason) == ({claim.id: 30_000}, "instalment")
    assert best(money(30_000, "Anzahlung Auftrag 77123"), [claim]).reason == "prepayment"


def test_a_year_is_the_number_of_no_document() -> None:
    claims = [item("25012026", 46_999, age=90), item("25048741", 46_999, age=30)]
    found = best(money(46_999, "abonament martie 2026"), claims)
    assert found.rivals == 1
    assert best(money(46_999, "RE 8741"), claims).credited == ((claims[1].id, 46_999),)


def test_discounts_of_all_that_is_named_are_as_sure_as_one() -> None:
    claims = [
        item(f"INV-2026-00090{at}", 10_000 + at, discount_bp=200, discount_until=TODAY)
        for at in range(3)
    ]
    text = " ".join(one.number for one in claims)
    found = best(money(30_003 - 600, text), claims)
    assert (found.reason, found.rivals) == ("discount", 0)
    assert found.probability > SURE

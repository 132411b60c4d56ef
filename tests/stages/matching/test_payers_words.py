"""What payers write beside numbers, in many languages: what they took off, what is only a part."""

from __future__ import annotations

import pytest

from acquit.stages.matching.rules.inputs import PaidItem
from acquit.stages.matching.rules.patterns import texts_of
from acquit.stages.matching.rules.reading import read
from acquit.stages.matching.rules.short import TAKEN
from tests.stages.matching.test_doubts import SURE
from tests.stages.matching.test_engine import TODAY, ask, best, item, money


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
        ("RG {} abzgl. 3% Skonto", "discount"),
        ("RG {} abzgl. Frachtkosten 34,50", "less"),
        ("RG {} Mahngebühr 5,00", ""),
        ("F {} moins frais de port 34,50", "less"),
        ("{} less freight charges 34.50", "less"),
        ("RG {} abzgl. fremder Spesen 34,50", "charges"),
        ("F {} moins frais bancaires 34,50", "charges"),
        ("{} remise", "less"),
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
        ("remb trop perçu", "back"),
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


def test_money_that_went_out_settles_nothing_for_sure() -> None:
    claim = item("INV-2026-000901", 90_000)
    (found,) = ask([money(-90_000, "INV-2026-000901")], [claim])
    assert (found.credited, found.reason, found.residue) == ((), "unrelated", -90_000)
    assert found.probability > SURE


def test_a_word_before_a_number_may_be_part_of_it() -> None:
    """Two series of one seller, and a payer whom nobody knows."""
    claims = [item("RE-2026-0815", 281_899), item("2026-0815", 165_368, customer="C2")]
    stranger = {"payer_name": "", "payer_iban": ""}
    short = best(money(131_706, "Re 2026-0815 abzgl. 336,62 Bruch", **stranger), claims)
    assert short.credited == ()
    for claim in claims:
        assert (
            best(money(claim.open, "Re 2026-0815", **stranger), claims).credited[0][0] == claim.id
        )
    own = best(money(131_706, "Re 2026-0815 abzgl. Bruch"), claims)
    assert own.credited == ((claims[0].id, 131_706),)


def test_what_a_payers_texts_tell_is_the_same_in_whatever_order_they_are_given() -> None:
    days = range(TODAY - 60, TODAY - 45)
    history = [
        PaidItem("C1", f"INV-2026-{day}", 1_000, "EUR", day, day, 1_000, text=f"OP {day}")
        for day in days
    ]
    one, other = texts_of(history), texts_of(history[::-1])
    assert [found.text for found in one] == [found.text for found in other]
    assert one[-1].text == history[-1].text


def test_halves_of_two_receipts_are_as_sure_as_any_other_parts_that_are_the_whole() -> None:
    claim = item("INV-2026-000901", 90_000)
    halves = [money(45_000, claim.number, id=str(at)) for at in range(2)]
    for found in ask(halves, [claim], shown=1):
        assert (found.credited, found.rivals) == (((claim.id, 45_000),), 0)
        assert found.probability > SURE


def test_who_writes_of_a_discount_that_nobody_agreed_to_withholds_no_tax() -> None:
    claim = item("INV-2026-000904", 100_000)
    said = ask([money(97_000, f"{claim.number} cu discount 3%")], [claim])
    assert all(one.reason != "tax" for one in said)
    assert ask([money(97_000, claim.number)], [claim])[0].reason == "tax"


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("{} cu discount 3%", 3),
        ("{} less 2 % cash discount", 2),
        ("{} abzgl. 3 % Skonto", 3),
        ("{} escompte 2%", 2),
        ("{} Skonto", 2),
        ("{} -5%", 5),
    ],
)
def test_a_discount_that_nobody_agreed_to_is_offered_as_one(text: str, percent: int) -> None:
    claim = item("INV-2026-000904", 100_001)
    amount = 100_001 - (100_001 * percent // 100)
    found, part, *_ = ask([money(amount, text.format(claim.number))], [claim])
    assert (found.reason, found.fit, found.residue) == ("discount", TAKEN, amount - 100_001)
    assert found.credited == ((claim.id, 100_001),) and found.probability < SURE
    assert found.rivals  # so that no rule posts it, however often it was right
    assert part.credited == ((claim.id, amount),)
    assert "a discount was taken that nobody agreed to" in [one.text for one in found.reasons]


def test_such_discounts_of_several_documents_are_each_ones_own() -> None:
    claims = [item("INV-2026-000904", 100_000), item("INV-2026-000905", 33_333, age=5)]
    text = "INV-2026-000904, INV-2026-000905 abzgl. 3% Skonto"
    found = best(money(97_000 + 32_333, text), claims)
    assert [(key, part) for key, part, _why in found.kept] == [
        (claims[0].id, 3_000),
        (claims[1].id, 1_000),
    ]


@pytest.mark.parametrize("text", ["{} cu discount 2%", "{} Skonto", "{} retur", "{} 2% TVA 19%"])
def test_what_is_missing_is_no_discount_where_the_rate_is_another(text: str) -> None:
    claim = item("INV-2026-000904", 100_000)
    found = ask([money(95_500, text.format(claim.number))], [claim])
    assert all(one.fit != TAKEN for one in found)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("fara retur 21,35", ["FARA", "RETUR", "21"]),
        ("abzgl. 1.234,56", ["ABZGL"]),
        ("less 1,234.56 EUR", ["LESS", "EUR"]),
        ("21.35 EUR", ["21", "EUR"]),
        ("RE 101,102,103", ["RE", "101", "102", "103"]),
        ("RE 301.26", ["RE", "301", "26"]),
        ("RG 2026-0815,17", ["RG", "2026", "0815"]),
        ("RG 4711,0815", ["RG", "4711", "0815"]),
    ],
)
def test_decimals_of_an_amount_are_no_end_of_a_number(text: str, pieces: list[str]) -> None:
    assert read(text).pieces == pieces


def test_what_was_taken_off_is_not_the_number_of_a_document() -> None:
    claims = [item("INV-2026-000901", 10_000), item("2135", 7_865, age=5)]
    found = best(money(7_865, "INV-2026-000901 fara retur 21,35"), claims)
    assert dict(found.credited) == {claims[0].id: 7_865}


def test_of_several_that_are_named_any_may_be_the_one_paid_short() -> None:
    claims = [item("INV-2026-000901", 39_922), item("INV-2026-000902", 2_926, age=5)]
    found = best(money(34_702, "INV-2026-000901, INV-2026-000902 abzgl. 81,46"), claims)
    assert dict(found.credited) == {claims[0].id: 31_776, claims[1].id: 2_926}
    even = best(
        money(79_000, "INV-2026-000901, INV-2026-000903 abzgl. 8,44"),
        [claims[0], item("INV-2026-000903", 39_922, age=5)],
    )
    assert even.rivals == 1


def test_who_writes_that_he_took_something_off_did_not_pay_too_much() -> None:
    claim = item("INV-2026-000901", 20_614)
    found = best(money(20_914, "INV-2026-000901 moins 3,00"), [claim])
    assert found.reason != "overpayment" or found.rivals


def test_a_discount_that_was_not_agreed_is_no_tax() -> None:
    claim = item("INV-2026-000901", 100_000)
    assert best(money(90_000, "INV-2026-000901"), [claim]).reason == "tax"
    found = best(money(90_000, "INV-2026-000901 discount"), [claim])
    assert found.reason != "tax" or found.rivals


def test_a_number_behind_a_known_one_is_whole_however_that_one_was_broken() -> None:
    claims = [item("2026-29424", 156_811), item("25037655", 20_783, customer="C2")]
    found = best(money(177_594, "FV 2026-2942 4/25037655"), claims)
    assert {key for key, _ in found.credited} == {one.id for one in claims}


def test_the_rest_may_be_what_is_named_and_was_paid_before() -> None:
    claims = [item("INV-2026-000902", 33_947, age=20), item("INV-2026-000903", 33_947, age=10)]
    paid = PaidItem("C1", "INV-2026-000901", 33_947, "EUR", TODAY - 40, TODAY - 30, 33_947)
    found = best(money(67_894, "INV-2026-000901/INV-2026-000902"), claims, history=[paid])
    assert not found.credited or found.rivals or found.probability < SURE


@pytest.mark.parametrize(("kept", "words"), [(1_000, "retinere 1%"), (15_000, "IRPF 15%")])
def test_a_tax_of_which_the_text_speaks_is_sure_at_whatever_rate(kept: int, words: str) -> None:
    claim = item("INV-2026-000901", 100_000)
    found = best(money(100_000 - kept, f"INV-2026-000901 {words}"), [claim])
    assert (found.reason, found.residue, found.rivals) == ("tax", -kept, 0)
    assert dict(found.credited) == {claim.id: 100_000}
    assert found.probability >= SURE

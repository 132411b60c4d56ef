"""What looks sure and is not: paid already, mistyped, cut by a bank."""

from __future__ import annotations

from dataclasses import replace

from stdnum.iso7064 import mod_97_10

from acquit.stages.matching.rules.inputs import Customer, PaidItem
from acquit.stages.matching.rules.payers import Payers
from acquit.stages.matching.rules.reading import read
from tests.stages.matching.test_engine import DUPONT, TODAY, ask, best, item, money

SURE = 0.99  # from here the policy as shipped posts


def test_money_that_ends_like_what_it_paid_before_is_that_again() -> None:
    claim = item("INV-2026-000901", 8_800)
    before = PaidItem("C1", "INV-2026-040485", 8_800, "EUR", TODAY, TODAY - 20, 8_800)
    found = ask([money(8_800, "40485")], [claim], history=[before])
    assert (found[0].credited, found[0].reason) == ((), "duplicate")
    why = found[1].reasons[-1].text
    assert why == "it is likelier that this money is for something else"


def test_two_that_name_one_document_make_its_twins_rivals() -> None:
    claims = [item(f"INV-2026-00090{n}", 8_800) for n in (1, 2)]
    lines = [money(8_800, "INV-2026-000901", id=f"L{n}") for n in (1, 2)]
    first = [one for one in ask(lines, claims) if one.rank == 1 and one.fit == "equal"]
    assert all(one.rivals for one in first if one.credited == ((claims[0].id, 8_800),))
    assert best(lines[0], claims).rivals == 0


def test_a_list_that_was_cut_goes_on_with_later_documents() -> None:
    ages = (50, 40, 30, 20, 10)
    amounts = (3_000, 11_111, 22_222, 3_000, 55_555)
    claims = [
        item(f"INV-2026-00090{n}", amount, age=age)
        for n, (amount, age) in enumerate(zip(amounts, ages, strict=True))
    ]
    text = "INV-2026-000901, INV-2026-000902, INV-2026-0"
    found = best(money(11_111 + 22_222 + 3_000, text), claims)
    assert [key for key, _ in found.credited] == [one.id for one in claims[1:4]]
    assert found.rivals == 0


def test_a_credit_note_whose_number_was_cut_explains_what_is_missing() -> None:
    claims = [item("INV-2026-000901", 8_800), item("INV-2026-000902", -1_234, age=5)]
    found = best(money(7_566, "INV-2026-000901, INV-20"), claims)
    assert (dict(found.credited), found.reason) == (
        {claims[0].id: 8_800, claims[1].id: -1_234},
        "netting",
    )


def test_too_much_is_left_over_for_sure_only_where_the_list_ends() -> None:
    claims = [item("INV-2026-000901", 8_800), item("INV-2026-000902", 50_000, age=5)]
    whole = best(money(9_100, "INV-2026-000901"), claims)
    cut = best(money(9_100, "INV-2026-000901 et INV-2026"), claims)
    assert whole.reason == cut.reason == "overpayment"
    assert whole.probability > cut.probability
    large = best(money(13_800, "INV-2026-000901"), [claims[0], item("INV-2026-000903", 700)])
    assert large.probability < SURE


def test_a_telephone_number_ends_before_what_the_money_is_for() -> None:
    claims = [item(f"26-07499{n}", 8_800 + n, age=30 - n) for n in range(4)]
    found = best(money(26_406, "Tel 61 0820963 26-074991 bis 26-074993"), claims)
    assert {key for key, _ in found.credited} == {one.id for one in claims[1:]}
    assert "074991" in read("TEL 610820963 074991").pieces
    assert not read("Tel. 0221/4711-123456").pieces
    assert read("Tel 610820963 30.06.2026 danke").pieces == ["DANKE"]


def test_a_whole_number_is_not_what_a_list_may_go_on_with() -> None:
    """Two want one claim: the one that names it keeps it, though it has twins."""
    claims = [item(f"INV-2026-00090{n}", amount, age=40 - n) for n, amount in enumerate(_TWINS)]
    whole = money(8_800, "INV-2026-000902", id="L1")
    lists = money(5_000 + 7_000 + 8_800, "INV-2026-000900, INV-2026-000901, INV-2026-0", id="L2")
    first = {one.line: one for one in ask([whole, lists], claims) if one.rank == 1}
    assert first["L1"].credited == ((claims[2].id, 8_800),)
    assert first["L1"].rivals == 0
    assert first["L1"].probability >= SURE


_TWINS = (5_000, 7_000, 8_800, 9_900, 8_800)


def test_neighbours_go_on_with_neighbours_where_chance_hardly_does() -> None:
    """Sets that come to the rest by accident are no rivals of neighbours; twins are."""
    amounts = [1_000 + 137 * n * n for n in range(20)]
    claims = [item(f"INV-2026-0009{n:02}", amount, age=60 - n) for n, amount in enumerate(amounts)]
    text = "INV-2026-000900, INV-2026-000901, INV-2026-000902, INV-2026-0"
    found = best(money(sum(amounts[:9]), text), claims)
    assert {key for key, _ in found.credited} == {one.id for one in claims[:9]}
    assert found.rivals == 0
    alike = [item(f"INV-2026-0009{n:02}", 6_250, age=60 - n) for n in range(20)]
    assert best(money(6_250 * 9, text), alike).rivals > 0


def test_all_that_is_due_is_no_accident() -> None:
    """A twin that is not due yet is no rival of all that is due; where all are twins, it is."""
    amounts = [1_000 + 137 * n * n for n in range(14)]
    amounts[13] = amounts[2]
    dues = [item(f"INV-2026-0009{n:02}", each, age=30 - 2 * n) for n, each in enumerate(amounts)]
    due = [one for one in dues if one.due <= TODAY]
    found = best(money(sum(one.open for one in due)), dues)
    assert {key for key, _ in found.credited} == {one.id for one in due}
    assert found.rivals == 0
    alike = [replace(one, amount=6_250, open=6_250) for one in dues]
    assert best(money(6_250 * len(due)), alike).rivals > 0


def test_what_another_line_names_whole_can_stand_for_nothing_else() -> None:
    claims = [item(f"INV-2026-00090{n}", amount, age=40 - n) for n, amount in enumerate(_TWINS)]
    both = 8_800 + 7_000
    alone = best(money(both, "INV-2026-000901, INV-2026-0"), claims)
    assert alone.rivals > 0
    lines = [money(both, "INV-2026-000901, INV-2026-0"), money(8_800, claims[4].number, id="L2")]
    assert ask(lines, claims)[0].rivals == 0


def test_a_reference_with_wrong_check_digits_is_mistyped() -> None:
    claim = item("INV-2026-000901", 8_800, customer="C2")
    right, wrong = (best(money(8_800, f"RF{digits}INV2026000901"), [claim]) for digits in _DIGITS)
    assert right.probability >= SURE > wrong.probability


_DIGITS = (mod_97_10.calc_check_digits("INV2026000901RF"), "99")


def test_who_shares_a_name_is_asked_about_in_the_same_order_in_every_process() -> None:
    """Sets of texts have another order in each process."""
    named = [Customer(f"C{n}", "Schmidt Handel GmbH") for n in range(9)]
    payers = Payers(named, [])
    who, is_known = payers.who(money(100, payer_name="Schmidt Handel GmbH", payer_iban=""), (), "")
    assert list(who) == sorted(one.id for one in named)
    assert not is_known


def test_a_payer_who_owes_the_amount_himself_may_have_written_another_number() -> None:
    theirs = item("INV-2026-000901", 24_000)
    own = item("INV-2026-000902", 24_000, customer=DUPONT.id)
    paid = money(24_000, theirs.number, payer_name=DUPONT.name, payer_iban=DUPONT.ibans[0])
    assert best(paid, [theirs, own]).rivals == 1
    assert best(paid, [theirs, replace(own, open=23_999)]).rivals == 0


def test_an_amount_of_somebody_unknown_is_never_the_only_answer() -> None:
    claim = item("INV-2026-000901", 125_680)
    stranger = {"payer_name": "Global Collect BV", "payer_iban": ""}
    assert best(money(125_680, "Warenlieferung", **stranger), [claim]).rivals == 1
    assert best(money(125_680, claim.number, **stranger), [claim]).rivals == 0
    assert best(money(125_680, "Warenlieferung"), [claim]).rivals == 0


def test_the_amount_of_a_late_payment_with_another_number_may_be_that_payment_again() -> None:
    claim = item("INV-2026-000901", 54_545)
    before = PaidItem("C1", "INV-2026-000877", 54_545, "EUR", TODAY - 40, TODAY - 20, 54_545)
    found = best(money(54_545, "OP 689040 our ref 526126X"), [claim], history=[before])
    assert found.rivals >= 1


def test_of_three_equal_documents_two_are_three_ways() -> None:
    several = [item(f"INV-2026-00091{at}", 5_000) for at in range(3)]
    assert best(money(10_000), several).rivals == 2


def test_a_mistyped_number_that_is_paid_short_as_well_is_offered_and_never_sure() -> None:
    amounts = {2200: 142_166, 2311: 90_000, 2312: 70_000}
    claims = [item(f"F2026-{serial:06}", open_) for serial, open_ in amounts.items()]
    for text in ("F2026-020200", "F2026-002300", "F2026-0022000"):
        found = best(money(142_055, text), claims)
        assert (found.credited, found.reason) == (((claims[0].id, 142_055),), "short-pay")
        assert found.probability < SURE
        why = found.reasons[0]
        assert (why.text, text[why.start : why.end]) == (
            "a number in the text differs by one character",
            text[1:],
        )
    for text in ("danke", "F2026-009900"):
        assert not best(money(142_055, text), claims).credited

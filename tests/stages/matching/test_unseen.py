"""Answers that fit and are not counted: what looks like the only answer waits for a person."""

from __future__ import annotations

from dataclasses import replace

from acquit.stages.matching.rules.inputs import Customer, PaidItem
from tests.stages.matching.test_engine import DUPONT, MUELLER, TODAY, ask, best, item, money


def test_numbers_as_they_are_written_are_a_rival_of_a_mistyped_one() -> None:
    claims = [
        item("INV-2026-084514", 40_000, age=30),
        item("INV-2026-084861", 15_000, age=20),
        item("INV-2026-084761", 55_000, age=10),
    ]
    stranger = {"payer_name": "Paul Zimmermann", "payer_iban": ""}
    found = best(money(55_000, "084514 + 084861", **stranger), claims)
    assert (found.credited, found.rivals) == (((claims[2].id, 55_000),), 1)
    assert best(money(55_000, "084514 + 084861", **stranger), claims[1:]).rivals == 0


def test_a_whole_number_with_more_behind_it_is_no_mistyped_one() -> None:
    claims = [item("INV-2026-047423", 25_000, age=30), item("INV-2026-047422", 55_000, age=29)]
    cut = best(money(55_000, "INV-2026-047423 ..."), claims)
    assert cut.rivals > 0
    assert best(money(55_000, "INV-2026-047424"), claims[1:]).rivals == 0


def test_more_than_is_named_has_the_rest_of_the_documents_as_a_rival() -> None:
    """Money that comes to the named one and two others exactly was hardly paid by mistake."""
    claims = [item("INV-2026-000901", 95_748, age=40)]
    claims += [item(f"INV-2026-00091{n}", 5_000 + 777 * n, age=30 - n) for n in range(9)]
    rest = claims[3].open + claims[7].open
    found = best(money(95_748 + rest, "INV-2026-000901"), claims)
    assert (found.reason, found.rivals) == ("overpayment", 1)
    assert best(money(95_748 + 7, "INV-2026-000901"), claims).rivals == 0


def test_one_document_does_not_settle_what_is_for_one_and_others() -> None:
    claims = [item("INV-2026-000901", 70_000)]
    assert best(money(70_000, "RF69X si altele"), claims).rivals > 0
    assert best(money(70_000, "danke"), claims).rivals == 0


def test_several_that_come_to_what_was_paid_at_once_may_be_that_again() -> None:
    claims = [item(f"INV-2026-00090{n}", amount, age=30 - n) for n, amount in enumerate(_THREE)]
    before = PaidItem("C1", "INV-2025-040485", sum(_THREE), "EUR", TODAY, TODAY - 200, sum(_THREE))
    assert best(money(sum(_THREE)), claims).rivals == 0
    assert best(money(sum(_THREE)), claims, history=[before]).rivals > 0


def test_a_fee_is_not_sure_where_the_list_goes_on() -> None:
    claims = [item("INV-2026-000901", 31_000)]
    assert best(money(30_250, "INV-2026-000901"), claims).rivals == 0
    cut = best(money(30_250, "INV-2026-000901 AND INV-2026-0"), claims)
    assert (cut.reason, cut.rivals) == ("fee", 1)


def test_digits_in_groups_end_a_number() -> None:
    """Three that are equal: the one whose number is cut and written in groups is meant."""
    claims = [item(f"INV-26007{n}", 19_099, age=60 - n // 100) for n in (3829, 3840, 4834, 4835)]
    text = "73 829 INV-260074834 INV-260074835"
    found = best(money(3 * 19_099, text), claims)
    assert {key for key, _ in found.credited} == {claims[0].id, claims[2].id, claims[3].id}


def test_a_number_that_fits_less_a_tax_is_a_rival_of_a_mistyped_one() -> None:
    claims = [
        item("INV-2026-038783", 100_000, age=90, customer="C2"),
        item("INV-2026-058783", 95_000, age=30),
    ]
    paid = money(95_000, "inv-2026-038783", payer_name="GLOBAL COLLECT BV", payer_iban="")
    assert best(paid, claims).rivals > 0
    assert best(paid, claims[1:]).rivals == 0


def test_a_named_document_that_was_taken_is_a_rival_of_a_mistyped_one() -> None:
    """Two receipts of one amount name one document: one of them was mistyped, and nobody knows
    which; neither is sure of the document beside it."""
    claims = [item("F/2026/061997", 26_945, age=9), item("F/2026/061996", 26_945, age=10)]
    whole, cut = money(26_945, "F/2026/061997", id="L1"), money(26_945, "REF 061997", id="L2")
    mistyped = ask([whole, cut], claims)[0]
    assert (mistyped.credited, mistyped.rivals) == (((claims[1].id, 26_945),), 1)
    assert best(whole, claims[1:]).rivals == 0


def test_a_part_is_not_sure_where_the_others_that_are_named_were_taken() -> None:
    """Who lists four hardly pays a part of the first: the rest of his list was paid by others."""
    claims = [item(f"FAC 008007{n}", 10_452, age=20 - n) for n in range(4)]
    others = [money(10_452, claim.number, id=claim.id) for claim in claims[1:]]
    first = money(5_000, f"RATA {claims[0].number}", id="B")
    several = money(7_251, "FAC 0080070 + FAC 0080071 + FAC 0080072 + FAC 0", id="A")
    found = {one.line: one for one in ask([*others, first, several], claims) if one.rank == 1}
    assert found["A"].credited == ((claims[0].id, 7_251),)
    assert found["A"].rivals == 1


def test_more_than_is_left_of_the_named_one_is_perhaps_all_of_another() -> None:
    claims = [item("F/2026/060395", 123_714, age=20)]
    claims += [item(f"F/2026/06039{n}", 43_038, age=19) for n in (3, 7, 9)]
    lines = [money(minor, "F/2026/060395", id=f"L{minor}") for minor in (100_017, 43_038)]
    found = {one.line: one for one in ask(lines, claims) if one.rank == 1}
    assert found["L43038"].credited == ((claims[0].id, 123_714 - 100_017),)
    assert found["L43038"].rivals == 1


def test_what_lies_outside_of_a_span_is_not_paid_by_it() -> None:
    claims = [item(f"FAC 00{n}", amount, age=90 - n // 1000) for n, amount in _SPANNED]
    text = "FAC 0081453 TO FAC 0089189"
    found = best(money(sum(amount for _n, amount in _SPANNED), text), claims)
    assert (found.fit, found.rivals > 0) == ("equal", True)
    between = best(money(sum(amount for _n, amount in _SPANNED[1:]), text), claims)
    assert (len(between.credited), between.rivals) == (3, 0)


def test_a_number_behind_a_cut_one_of_a_list_is_read() -> None:
    """The first lost its beginning, as banks cut it; the slash parts numbers, it joins none."""
    claims = [item(f"90000{n}", 32_847 + n % 7, age=60 - n % 50) for n in (68718, 69018, 69975)]
    total = sum(one.open for one in claims)
    found = best(money(total, "068718/9000069018/9000069975"), claims)
    assert {key for key, _ in found.credited} == {one.id for one in claims}
    assert (found.reason, found.rivals) == ("lump", 0)


_SPANNED = ((70116, 108_000), (81453, 107_000), (82362, 14_000), (89189, 10_000))
_THREE = (50_000, 180_000, 20_000)


def test_two_customers_of_one_name_are_a_tie_though_one_owes_the_amount() -> None:
    namesakes = [Customer(key, "Weber GmbH", key) for key in ("W1", "W2")]
    line = money(45_000, payer_name="WEBER GMBH", payer_iban="")
    claim = item("RE-2026-30001", 45_000, customer="W1")
    assert best(line, [claim], customers=namesakes).rivals == 1
    assert best(line, [claim], customers=namesakes[:1]).rivals == 0
    numbered = replace(line, text=claim.number)
    assert best(numbered, [claim], customers=namesakes).rivals == 0


def test_an_account_of_one_customer_and_the_name_of_another_are_a_tie() -> None:
    """Either may be meant; before, the account alone decided, and the other was not even shown."""
    claims = [item("RE-2026-30001", 84_240), item("FA-00311", 84_240, customer="C2")]
    line = money(84_240, payer_name=DUPONT.name)  # from the account of the other
    found = ask([line], claims)
    assert {one.credited[0][0] for one in found if one.credited} == {one.id for one in claims}
    assert found[0].rivals == 1
    assert best(line, claims[1:]).rivals == 1
    daughter = replace(DUPONT, parent="C1")
    mother = {"customers": [MUELLER, daughter]}
    assert best(line, claims[:1], **mother).rivals == 0  # a mother pays under her daughter's name
    assert best(replace(line, payer_name="Somebody"), claims).rivals == 0


def test_a_round_sum_is_no_document_less_a_fee_for_sure() -> None:
    """1,000.00 of 1,010.00 without a word: the rest may stay owed."""
    claim = item("RE-2026-30002", 101_000)
    assert best(money(100_000, claim.number), [claim]).rivals == 1
    assert best(money(100_000, f"{claim.number} Spesen"), [claim]).rivals == 0
    assert best(money(100_500, claim.number), [claim]).rivals == 0


def test_a_tenth_of_a_document_is_no_fee_for_sure() -> None:
    claim = item("RE-2026-30002", 12_310)
    assert best(money(10_810, claim.number), [claim]).rivals == 1  # 15.00
    assert best(money(10_810, f"{claim.number} Spesen"), [claim]).rivals == 0
    assert best(money(11_310, claim.number), [claim]).rivals == 0  # 10.00

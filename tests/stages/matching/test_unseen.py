"""Answers that fit and are not counted: what looks like the only answer waits for a person."""

from __future__ import annotations

from acquit.stages.matching.rules.inputs import PaidItem
from tests.stages.matching.test_engine import TODAY, best, item, money


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
    assert best(money(55_000, "INV-2026-047423"), claims).rivals == 0


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


_THREE = (50_000, 180_000, 20_000)

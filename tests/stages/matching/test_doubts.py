"""What looks sure and is not: paid already, mistyped, cut by a bank."""

from __future__ import annotations

from acquit.stages.matching.rules.inputs import PaidItem
from tests.stages.matching.test_engine import TODAY, ask, best, item, money

SURE = 0.99  # from here the policy as shipped posts


def test_money_that_ends_like_what_it_paid_before_is_that_again() -> None:
    claim = item("INV-2026-000901", 8_800)
    before = PaidItem("x", "C1", "INV-2026-040485", 8_800, "EUR", TODAY, TODAY - 20, 8_800)
    found = ask([money(8_800, "40485")], [claim], history=[before])
    assert (found[0].credited, found[0].reason) == ((), "duplicate")


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

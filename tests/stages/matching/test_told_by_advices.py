"""What an advice says of documents, against what is open of them."""

from __future__ import annotations

from dataclasses import replace

from acquit.stages.matching.rules.inputs import Advice, AdvicePart
from acquit.stages.matching.rules.plans import planned
from tests.stages.matching.test_engine import ask, item, money


def advice(*parts: AdvicePart) -> Advice:
    paid = sum(part.paid for part in parts)
    return Advice("AV-1", "", paid, "EUR", parts, line="L1")


def test_more_than_is_open_is_too_much_money() -> None:
    """The customer does not know yet that a part was paid before."""
    claim = item("INV-2026-000905", 10_000)
    claim.open = 4_000
    first = ask([money(10_000)], [claim], advices=[advice(AdvicePart(claim.number, 10_000))])[0]
    assert (dict(first.credited), first.residue) == ({claim.id: 4_000}, 6_000)
    assert (first.reason, first.fit) == ("advice", "over")


def test_the_discount_kept_back_of_a_credit_note_makes_the_whole_one_less() -> None:
    claim, note = item("INV-2026-000906", 10_000), item("GS-2026-000007", -5_000)
    parts = AdvicePart(claim.number, 9_800, 200), AdvicePart(note.number, -4_900, -100)
    line = money(4_900)
    first = ask([line], [claim, note], advices=[advice(*parts)])[0]
    assert dict(first.credited) == {claim.id: 10_000, note.id: -5_000}
    shares = planned(first, line, {one.id: one for one in (claim, note)}).shares
    assert [(share.amount_minor, share.credit_item_id, share.adjustment) for share in shares] == [
        (5_000, note.id, ""),
        (4_900, None, ""),
        (100, None, "discount"),
    ]


def test_a_document_that_is_taken_back_is_no_answer() -> None:
    claim, other = item("INV-2026-000907", 10_000), item("INV-2026-000908", 30_000)
    parts = AdvicePart(claim.number, -10_000), AdvicePart(other.number, 30_000)
    found = ask([money(20_000)], [claim, other], advices=[advice(*parts)])
    assert all(part > 0 for one in found for _, part in one.credited)


def test_everything_that_a_payout_kept_back_is_said() -> None:
    claims = [item(f"SHOP-10000{n}", 10_000) for n in range(2)]
    parts = tuple(AdvicePart(one.number, one.open) for one in claims)
    payout = replace(advice(*parts), amount=18_700, fee=300, netted=1_000)
    first = ask([money(18_700, payer_name="Provider")], claims, advices=[payout])[0]
    assert first.residue == -1_300
    said = {one.text for one in first.reasons}
    assert {
        "a bank fee is missing",
        "the payout is smaller by what went back to payers",
    } <= said

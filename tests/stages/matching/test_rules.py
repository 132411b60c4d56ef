"""The matcher by a table: what is named, what is paid, who pays, and what it answers."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from acquit.stages.matching.rules.model import Claim, Money, Payer, ProposalPlan, SameAmount
from acquit.stages.matching.rules.propose import propose
from acquit.stages.matching.rules.texts import reference_keys

DAY = date(2026, 3, 2)
ANNA, BERND = UUID(int=1), UUID(int=2)


def _claim(n: int, minor: int, customer: UUID = ANNA, *, credit: bool = False) -> Claim:
    number = f"{'GS' if credit else 'RE'}2026-{n:06}"
    return Claim(UUID(int=100 + n), customer, number, "EUR", minor, DAY, credit)


def _money(n: int, minor: int, text: str = "", customer: UUID | None = None) -> Money:
    return Money(UUID(int=1000 + n), UUID(int=2000 + n), DAY, minor, "EUR", customer, "", text, "")


def _answer(
    receipts: list[Money], claims: list[Claim], payers: dict[UUID, list[Payer]] | None = None
) -> dict[int, list[ProposalPlan]]:
    same: dict[tuple[str, int], list[Claim]] = {}
    for claim in claims:
        if not claim.is_credit:
            same.setdefault(("EUR", claim.open_minor), []).append(claim)
    plans = propose(
        receipts=receipts,
        claims=claims,
        same_amounts={k: SameAmount(len(v), tuple(v)) for k, v in same.items()},
        payers=payers or {},
    )
    found: dict[int, list[ProposalPlan]] = {}
    for plan in plans:
        found.setdefault(plan.receipt_id.int - 1000, []).append(plan)
    return found


CLAIMS = [_claim(1, 100), _claim(2, 50), _claim(3, 50, BERND), _claim(4, 30, credit=True)]
KNOWN = [Payer(ANNA, "same IBAN as customer K1")]


@pytest.mark.parametrize(
    ("minor", "text", "payers", "reason", "probability", "shares", "rivals"),
    [
        (100, "RE2026-000001", [], "reference", "0.9995", [(1, 100)], 0),
        (100, "Rg. re 2026/000001 danke", [], "reference", "0.9995", [(1, 100)], 0),
        (150, "RE2026-000001 und RE2026-000002", [], "lump", "0.9995", [(1, 100), (2, 50)], 0),
        (70, "RE2026-000001 ./. GS2026-000004", [], "netting", "0.9995", [(1, 30), (1, 70)], 0),
        (60, "RE2026-000001", [], "short-pay", "0.7", [(1, 60)], 0),
        (120, "RE2026-000001", [], "overpay", "0.6", [(1, 100)], 0),
        (100, "thanks", KNOWN, "amount", "0.95", [(1, 100)], 0),
        (100, "thanks", [], "amount", "0.1", [(1, 100)], 0),
        (50, "thanks", KNOWN, "amount", "0.6", [(2, 50)], 1),
        (50, "thanks", [], "unknown", "0", [], 2),
        (77, "thanks", KNOWN, "payer", "0", [], 0),
        (77, "thanks", [], "unknown", "0", [], 0),
    ],
)
def test_one_receipt(minor, text, payers, reason, probability, shares, rivals) -> None:
    money = _money(1, minor, text)
    (plan, *_rest) = _answer([money], CLAIMS, {money.receipt_id: payers})[1]
    assert (plan.reason, plan.rivals) == (reason, rivals)
    assert plan.probability == Decimal(probability)
    assert [(s.open_item_id.int - 100, s.amount_minor) for s in plan.shares] == shares
    assert plan.evidence


def test_a_number_is_marked_in_the_text() -> None:
    money = _money(1, 100, "Rechnung RE2026-000001 vom 2.3.")
    (plan,) = _answer([money], CLAIMS)[1]
    (piece,) = [e for e in plan.evidence if e.kind == "reference"]
    assert money.text[piece.start : piece.end] == "RE2026-000001"


def test_equal_documents_of_one_customer_are_all_shown_with_their_rivals() -> None:
    money = _money(1, 50)
    claims = [_claim(n, 50) for n in range(1, 6)]
    plans = _answer([money], claims, {money.receipt_id: KNOWN})[1]
    assert [(p.rank, p.rivals, p.probability) for p in plans] == [
        (rank, 4, Decimal("0.18")) for rank in (1, 2, 3)
    ]


def test_two_receipts_never_take_the_same_value() -> None:
    claims = [_claim(1, 100)]
    answers = _answer([_money(1, 100, "RE2026-000001"), _money(2, 100, "RE2026-000001")], claims)
    assert [answers[n][0].reason for n in (1, 2)] == ["reference", "duplicate"]
    assert not answers[2][0].shares


def test_money_recorded_for_another_customer_is_not_certain() -> None:
    money = _money(1, 100, "RE2026-000001", customer=BERND)
    (plan,) = _answer([money], CLAIMS)[1]
    assert plan.probability == Decimal("0.9")


def test_the_order_of_the_receipts_does_not_matter() -> None:
    source = random.Random(7)
    claims = [_claim(n, source.choice([50, 100]), source.choice([ANNA, BERND])) for n in range(12)]
    receipts = [
        _money(
            n, source.choice([50, 100, 150]), f"RE2026-{source.randrange(12):06}" if n % 3 else ""
        )
        for n in range(30)
    ]
    payers = {m.receipt_id: KNOWN for m in receipts}
    first = _answer(receipts, claims, payers)
    for _ in range(20):
        source.shuffle(receipts)
        source.shuffle(claims)
        assert _answer(receipts, claims, payers) == first
    used: dict[UUID, int] = {}
    for plans in first.values():
        for share in plans[0].shares:
            used[share.open_item_id] = used.get(share.open_item_id, 0) + share.amount_minor
    assert all(used.get(c.id, 0) <= c.open_minor for c in claims)


@pytest.mark.parametrize(
    "text", ["RE2026-000001", "re 2026 / 000001", "Rechn.-Nr.RE2026-000001.", "RGRE2026000001"]
)
def test_the_lookup_has_every_writing(text: str) -> None:
    assert "RE2026000001" in reference_keys(text)

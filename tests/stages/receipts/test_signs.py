"""Lines of one sum are found by an advice's signs as if each were compared with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acquit.stages.matching.rules.inputs import BankLine
from acquit.stages.receipts.rules.advising import NOTIFICATION, AdviceRead, PartRead, sign
from acquit.stages.receipts.rules.signs import Signed

WORDS = st.lists(
    st.sampled_from(["RE-10", "re 1 0", "10/11", "1011", "Счёт-7", "счёт-7", "X", "-", "Ab12"]),
    max_size=3,
).map(" ".join)
NAMES = st.sampled_from(["", "Möbel & Söhne GmbH", "MOEBEL U. SOEHNE", "Kunde 7", "GmbH"])
IBANS = st.sampled_from(["", "DE1", "DE2"])


@st.composite
def lines(draw: st.DrawFn) -> BankLine:
    return BankLine(
        id=1, day=1, amount=5, currency="EUR", payer_name=draw(NAMES), payer_iban=draw(IBANS),
        end_to_end=draw(WORDS), text=draw(WORDS),
    )  # fmt: skip


@st.composite
def notices(draw: st.DrawFn) -> AdviceRead:
    documents = draw(st.lists(WORDS, max_size=2))
    parts = [PartRead("payment", each, "", "", 5, 0, (0, 1)) for each in documents]
    number, name, iban = draw(WORDS), draw(NAMES), draw(IBANS)
    return AdviceRead(NOTIFICATION, number, name, iban, None, "EUR", tuple(parts))


@given(st.lists(lines(), max_size=8), notices(), st.sets(st.integers(0, 7)))
def test_every_line_with_a_sign_is_found_until_it_is_taken(
    several: list[BankLine], notice: AdviceRead, taken: set[int]
) -> None:
    signed = Signed()
    for place, line in enumerate(several):
        signed.add(place, line)
    for place in taken:
        signed.take(place)
    likely = list(signed.likely(notice))
    assert len(likely) == len(set(likely)) and not taken & set(likely)
    left = [(place, line) for place, line in enumerate(several) if place not in taken]
    assert {place for place, line in left if sign(notice, line) != "amount"} <= set(likely)


def test_lines_of_other_signs_are_not_looked_at() -> None:
    signed = Signed()
    for n in range(2_000):
        text = f"INV-2026-{n:06}"
        signed.add(n, BankLine(id=n, day=1, amount=5, currency="EUR", text=text))
    notice = AdviceRead(NOTIFICATION, "INV-2026-001234", "", "", None, "EUR", ())
    assert 1234 in (likely := list(signed.likely(notice))) and len(likely) < 30

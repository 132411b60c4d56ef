"""Numbers compared with digits of a text: many of them at once as each by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acquit.stages.matching.rules.books import digits_of
from acquit.stages.matching.rules.similar import FEW, TAIL, TYPO, Alike, Forms, support

NUMBERS = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from(("F2026-", "26-", "RE", "", "A0", "X-9/")),
        st.integers(9_990, 10_030).map(lambda serial: f"{serial:06}"),
    ),
    min_size=FEW + 1,
    max_size=3 * FEW,
)


def _forms(numbers: list[str]) -> Forms:
    cut = {at: digits_of(number) for at, number in enumerate(numbers)}
    return {at: (digits, serial, serial.zfill(6)) for at, (digits, serial) in cut.items()}


@st.composite
def _slipped(draw: st.DrawFn) -> str:
    """The digits of a number, with one or two slips."""
    digits = draw(
        st.sampled_from(("2026010003", "202610001", "010003", "10003", "26009999", "9999"))
    )
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(digits) - 1))
        sign = draw(st.sampled_from("0129"))
        digits = draw(
            st.sampled_from(
                (
                    digits[:at] + sign + digits[at + 1 :],
                    digits[:at] + sign + digits[at:],
                    digits[:at] + digits[at + 1 :],
                    digits[:at] + digits[at : at + 2][::-1] + digits[at + 2 :],
                )
            )
        )
    return digits


@given(NUMBERS, st.lists(_slipped().filter(lambda digits: len(digits) > 3), max_size=3))
def test_many_numbers_are_supported_as_each_by_itself(
    numbers: list[str], digits: list[str]
) -> None:
    forms, runs = _forms(numbers), [(one, 0, len(one)) for one in digits]
    each = [(at, kind) for at in forms if (kind := support(runs, *forms[at]))]
    assert Alike(list(forms), forms).supported(runs) == each


def test_among_hundreds_the_end_and_the_slip_are_found() -> None:
    forms = _forms([f"F2026-{serial:06}" for serial in range(1_000, 1_400)])
    many = Alike(list(forms), forms)
    assert many.supported([("1234", 0, 4)]) == [(234, TAIL)]
    assert (234, TYPO) in many.supported([("2026001243", 0, 10)])
    assert many.supported([("777777", 0, 6)]) == []

"""What payers say in words: only those kinds of hints are looked for that a text's words may be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.text import fold
from acquit.stages.matching.rules import hints
from acquit.stages.matching.rules.reading import read

PATTERNS = sorted(
    {pattern.pattern for pattern in (*hints._WORDS.values(), hints._LESS, hints._DISCOUNT)}
    | {hints._MORE.pattern, hints._RETAINED.pattern}
)


@given(
    st.lists(
        st.sampled_from(PATTERNS).flatmap(
            lambda pattern: st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from((" ", ", ", " 4711 ", "/")),
)
def test_no_hint_is_lost_by_looking_for_those_alone_that_the_words_may_be(
    several: list[str], between: str
) -> None:
    text = fold(between.join(several))
    found = read(text)
    assert (found.words, found.has_more) == hints.hinted(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("RE 4711 abzgl. 3 % Skonto", {"discount"}),
        ("Rechnung 2025293345 -2% Sk.", {"discount"}),
        ("FACT 2025/18100 ESC 2% DEDUIT", {"discount"}),
        ("Belegnr. 4711 abzgl. 2 %", {"discount"}),
        ("FACT 4711 RETENUE DE GARANTIE 5%", {"less"}),
        ("factura 44626 retinere 1%", {"tax"}),
        ("FACTURA F25/14894 retención IRPF 15%", {"tax"}),
        ("RE 4711 abzgl. Bauabzugsteuer 15%", {"tax"}),
        ("INV 4711 LESS WHT 10%", {"tax"}),
        ("facture 4711 retenue à la source", {"tax"}),
        ("factura 4711 TVA 19%", set()),
    ],
)
def test_per_cents_are_a_discount_or_a_tax_by_the_words_beside_them(
    text: str, words: set[str]
) -> None:
    assert read(text).words == words

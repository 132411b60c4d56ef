"""References in payment texts: found in any spelling, never as a part of a longer number."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.references import ReferenceIndex
from acquit.core.text import normalize_reference

KNOWN = {
    "INV-2026-000123": 1,
    "INV-2026-000124": 2,
    "F2026/0042": 3,
    "2026-0042": 4,
    "12345": 5,
    "12346": 6,
    "20260105": 7,
    "RF16INV20260001": 8,
    "É-77": 9,
    "4500012345": 10,
}
INDEX = ReferenceIndex(KNOWN.items())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INV-2026-000123", [1]),
        ("payment of inv 2026/000123 thank you", [1]),
        ("INV2026000123+INV2026000124", [1, 2]),
        ("SVWZ+Rechnung INV-2026-000\n123 vom 3.3.", [1]),
        ("RECHNUNGINV-2026-000123", [1]),
        ("INV-2026-0001234", []),
        ("INV-2026-000123-1", []),
        ("9INV-2026-000123", [1]),
        ("F2026/0042", [3]),
        ("f 2026 0042", [3]),
        ("Facture: 2026-0042.", [4]),
        ("REF2026/0042", [4]),  # not F2026/0042: "F" ends a word
        ("XF2026/0042", [4]),
        ("12345", [5]),
        ("Rg.12345, 12346", [5, 6]),
        ("12345/12346", [5, 6]),
        ("12345/99999", []),
        ("12345,67 EUR", []),
        ("0012345", []),
        ("123456", []),
        ("1234 5", []),
        ("paid on 2026-01-05", []),
        ("20260105", [7]),
        ("RF16 INV2 0260 001", [8]),
        ("e77", [9]),
        ("E\u0301 77", [9]),
        ("PO 4500 012 345", [10]),
        ("", []),
    ],
)
def test_finding(text: str, expected: list[int]) -> None:
    found = INDEX.find(text)
    assert [key for match in found for key in match.keys] == expected
    for match in found:
        known = {normalize_reference(reference) for reference in match.references}
        assert known == {normalize_reference(text[match.start : match.end])}


def test_exact_and_rival_spellings() -> None:
    index = ReferenceIndex([("A-100", "x"), ("A100", "y"), ("A-100", "z")])
    (match,) = index.find("your A-100!")
    assert match.keys == ("x", "y", "z")
    assert match.references == ("A-100", "A100")
    assert match.is_exact
    assert (match.start, match.end) == (5, 10)
    assert not index.find("your a/100")[0].is_exact


def test_references_that_are_in_every_text_are_named() -> None:
    index = ReferenceIndex([("7", 1), ("---", 2), ("Miller", 3), ("A77", 4)])
    assert index.unusable == [("7", 1), ("---", 2), ("Miller", 3)]
    assert len(index) == 1


REFERENCES = st.from_regex(r"[A-Z]{3}-[0-9]{4}-[0-9]{4,8}", fullmatch=True)
WORDS = st.text(alphabet=string.ascii_lowercase, max_size=12)


@given(
    references=st.lists(REFERENCES, min_size=1, max_size=6, unique=True),
    word=WORDS,
    separator=st.sampled_from([" ", ", ", "\n", " + ", "; "]),
    respell=st.sampled_from(["{}", "{}", " ", "/", ""]),
)
def test_every_reference_that_stands_alone_is_found(
    references: list[str], word: str, separator: str, respell: str
) -> None:
    index = ReferenceIndex(zip(references, references, strict=True))
    spelt = [r if respell == "{}" else r.replace("-", respell).lower() for r in references]
    text = separator.join([word, *spelt, word])
    found = index.find(text)
    assert [match.keys for match in found] == [(reference,) for reference in references]
    assert [text[match.start : match.end] for match in found] == spelt


@given(number=st.integers(100, 10**9), before=st.sampled_from("0123456789"), text=st.text())
def test_a_part_of_a_longer_number_is_never_found(number: int, before: str, text: str) -> None:
    index = ReferenceIndex([(str(number), 1)])
    for longer in (f"{before}{number}", f"{number}{before}"):
        assert [m for m in index.find(longer) if longer != str(number)] == []
    for match in index.find(text):
        assert normalize_reference(text[match.start : match.end]) == str(number)


@given(st.text(), st.lists(st.tuples(st.text(max_size=20), st.integers()), max_size=5))
def test_any_text_is_searched(text: str, known: list[tuple[str, int]]) -> None:
    found = ReferenceIndex(known).find(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))

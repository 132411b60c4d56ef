"""Columns answer as the list of the same values would."""

import pytest

from acquit.stages.matching.rules.columns import Columns, Texts, column, open_items
from acquit.stages.matching.rules.inputs import OpenItem

SIZES = (0, 1, 1_023, 1_024, 1_025, 3_000)
WORDS = ("", "F-1", "Größe", "счёт 7", "\ud800", "a\nb")


def _texts(count: int) -> list[str]:
    return [f"{WORDS[at % len(WORDS)]}{at}" if at % 5 else "" for at in range(count)]


@pytest.mark.parametrize("size", SIZES)
def test_texts_are_a_list_of_them(size: int) -> None:
    several, kept = _texts(size), Texts()
    kept.extend(several[: size // 3])
    kept.extend(several[size // 3 :])
    assert len(kept) == size
    assert list(kept) == several
    assert [kept[at] for at in range(size)] == several
    assert [kept[at] for at in range(-size, 0)] == several
    for part in (slice(0, 10), slice(1_000, 2_500), slice(None), slice(1_024, 9_999), slice(5, 1)):
        assert kept[part] == several[part]


def _item(at: int) -> OpenItem:
    minor = 10**17 + at
    return OpenItem(f"i{at}", "c", f"F-{at:04}", minor, -minor, "EUR", at, at + 30, 200, at, "")


@pytest.mark.parametrize("size", SIZES)
def test_items_are_the_values_that_were_put_in(size: int) -> None:
    several, kept = [_item(at) for at in range(size)], open_items()
    kept.extend(iter(several))
    assert list(kept) == several
    assert kept[10:20] == several[10:20]
    order = sorted(range(size), key=lambda at: (at * 7_919) % 1_031)
    arranged = kept.arranged(order)
    assert isinstance(arranged, Columns)
    assert list(arranged) == [several[at] for at in order]
    assert list(column(arranged, "number")) == list(column(list(arranged), "number"))

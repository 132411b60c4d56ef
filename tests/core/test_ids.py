"""Ids are UUIDv7, ascend within their source, and leave room for the rows that hang on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from acquit.core.ids import IdSource

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _bits(value: int) -> Callable[[int], int]:
    """A die that always shows its lowest (0) or its highest number (-1)."""
    return lambda count: value & ((1 << count) - 1)


@given(
    counts=st.lists(st.integers(0, 40), max_size=12),
    seed=st.text(max_size=4),
    loaded=st.sampled_from([None, 0, -1]),
)
def test_ids_ascend_and_rows_of_an_id_have_their_own(
    counts: list[int], seed: str, loaded: int | None
) -> None:
    source = IdSource.seeded(instant=NOW, seed=seed)
    if loaded is not None:
        source = IdSource(instant=NOW, random_bits=_bits(loaded))
    made = [id for count in counts for id in (*source.many(count), source.new())]
    assert made == sorted(made)
    assert {(id.version, id.variant) for id in made} <= {(7, RFC_4122)}
    assert len({id.int ^ row for id in made for row in range(99)}) == 99 * len(made)


def test_a_source_that_ran_to_its_end_begins_anew() -> None:
    """The steps never reach the bits that say what kind of id it is."""
    source = IdSource(instant=NOW, random_bits=_bits(-1))
    first = source.new()
    source._last |= (1 << 62) - 2**33
    after = source.many(3)
    assert {id.variant for id in after} == {RFC_4122}
    assert first.int >> 64 == after[0].int >> 64

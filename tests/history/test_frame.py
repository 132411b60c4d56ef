"""Facts are linked by text made ready beforehand; the chain is checked from the stored row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquit.core.money import Money
from acquit.history import chain

ROW = {
    "seq": 7,
    "id": UUID(int=1),
    "kind": "invoices.DraftHeld",
    "subject_id": UUID(int=2),
    "effective_on": date(2026, 3, 2),
    "recorded_at": datetime(2026, 3, 2, 9, 0, 0, 123, UTC),
    "actor_id": None,
    "actor_name": 'Ana "A\\B" Șerban\n',
    "actor_kind": "person",
    "on_behalf_of": "",
    "reason": "tab\there",
    "rule": "row 2 — because",
    "request_id": "r",
    "command": "invoices.hold",
}


@pytest.mark.parametrize("actor", [None, UUID(int=3)])
def test_the_hash_of_a_frame_is_that_of_the_row(actor: UUID | None) -> None:
    row = ROW | {"actor_id": actor, "payload": {"why": 'é"\\\t', "minor": -5, "none": None}}
    linked = chain.Frame(row).link(
        chain.GENESIS,
        seq=7,
        id=row["id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        effective_on=row["effective_on"].isoformat(),
        payload=chain.encode(row["payload"]),
    )
    assert linked == chain.link(chain.GENESIS, row)


def test_values_of_facts_are_encoded_in_their_plain_form() -> None:
    value = {"b": (Money(5, "EUR"), date(2026, 3, 2)), "a": UUID(int=1)}
    assert chain.encode(value) == (
        '{"a":"00000000-0000-0000-0000-000000000001",'
        '"b":[{"currency":"EUR","minor":5},"2026-03-02"]}'
    )


@dataclass(frozen=True)
class Pair:
    zero: Any
    all: Any


_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.uuids()
    | st.dates()
    | st.datetimes()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.builds(Money, st.integers(), st.sampled_from(["EUR", "RON"])),
    lambda some: st.lists(some).map(tuple) | st.builds(Pair, some, some),
    max_leaves=9,
)


@given(value=_value, other=_value)
def test_members_are_written_as_their_plain_form_is(value: Any, other: Any) -> None:
    pair = Pair(value, other)
    assert chain.Members(Pair).text(pair) == chain.encode(pair)
    assert chain.Members(Pair, without={"zero"}).text(pair) == chain.encode({"all": other})

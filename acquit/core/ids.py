"""Identifiers: UUIDv7 (RFC 9562), made from an instant and bits that the caller supplies.

The core has no clock and no randomness: an ``IdSource`` is created at the edge and handed in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, SafeUUID

_LOW = (1 << 62) - 1
_ALL = (1 << 74) - 1
_BYTES = 10  # of randomness drawn per id; 74 of the 80 bits are used


def uuid7(*, instant: datetime, random_bits: int) -> UUID:
    """A UUIDv7 from a millisecond instant and 74 random bits (RFC 9562 section 5.7)."""
    bits = random_bits & _ALL
    return _uuid(_frame(instant) | (bits >> 62) << 64 | bits & _LOW)


def _frame(instant: datetime) -> int:
    """Everything of an id that is not random: milliseconds, version, variant."""
    milliseconds = int(instant.timestamp() * 1000) & ((1 << 48) - 1)
    return (milliseconds << 80) | (0x7 << 76) | (0b10 << 62)


def _uuid(value: int) -> UUID:
    """``UUID(int=value)`` without the checks of its constructor: bulk commands make millions."""
    made = UUID.__new__(UUID)
    object.__setattr__(made, "int", value)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


@dataclass(frozen=True, slots=True)
class IdSource:
    """Makes ids for one run of a command; seeded sources make demo and tests repeatable."""

    instant: datetime
    random_bits: Callable[[int], int]

    @classmethod
    def seeded(cls, *, instant: datetime, seed: str) -> IdSource:
        # Ids are names, not secrets: tokens never come from here.
        return cls(instant=instant, random_bits=random.Random(seed).getrandbits)  # noqa: S311

    def new(self) -> UUID:
        return uuid7(instant=self.instant, random_bits=self.random_bits(74))

    def many(self, count: int) -> list[UUID]:
        """New ids in ascending order, so that rows made together lie together in every index
        (RFC 9562 section 6.2)."""
        if not count:
            return []
        drawn = self.random_bits(8 * _BYTES * count).to_bytes(_BYTES * count, "big")
        frame, whole = _frame(self.instant), int.from_bytes
        bits = (whole(drawn[at : at + _BYTES], "big") for at in range(0, len(drawn), _BYTES))
        return [_uuid(x) for x in sorted(frame | (b >> 62 & 0xFFF) << 64 | b & _LOW for b in bits)]

    def stream(self) -> Callable[[], UUID]:
        """New ids one by one, drawn a block at a time, for rules that ask as they go."""
        return self._blocks().__next__

    def _blocks(self) -> Iterator[UUID]:
        while True:
            yield from self.many(64)


PREFIXES: dict[str, str] = {
    "customer": "cus",
    "item": "itm",
    "order": "ord",
    "delivery": "dlv",
    "draft": "drf",
    "document": "inv",
    "dispatch": "dsp",
    "statement": "stm",
    "bank_line": "bnk",
    "receipt": "rcp",
    "open_item": "opn",
    "allocation": "alo",
    "proposal": "prp",
    "entry": "ent",
    "approval": "apr",
    "import": "imp",
    "policy": "pol",
    "company": "com",
    "user": "usr",
    "webhook_endpoint": "whe",
    "webhook_delivery": "whd",
}


def to_public(kind: str, value: UUID) -> str:
    """The text form of an id in APIs and URLs, such as ``inv_0199...``."""
    return f"{PREFIXES[kind]}_{value.hex}"


def from_public(kind: str, text: str) -> UUID:
    """The UUID of a public id; ValueError when the prefix or the text is not of this kind."""
    prefix, _, digits = text.partition("_")
    if prefix != PREFIXES[kind] or len(digits) != 32:
        raise ValueError(f"not a {kind} id: {text!r}")
    return UUID(hex=digits)

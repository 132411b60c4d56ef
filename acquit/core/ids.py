"""Identifiers: UUIDv7 (RFC 9562), made from an instant and bits that the caller supplies.

The core has no clock and no randomness: an ``IdSource`` is created at the edge and handed in.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID


def uuid7(*, instant: datetime, random_bits: int) -> UUID:
    """A UUIDv7 from a millisecond instant and 74 random bits (RFC 9562 section 5.7)."""
    milliseconds = int(instant.timestamp() * 1000) & ((1 << 48) - 1)
    rand_a = (random_bits >> 62) & 0xFFF
    rand_b = random_bits & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


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
        return sorted((self.new() for _ in range(count)), key=attrgetter("int"))


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

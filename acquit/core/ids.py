"""Identifiers: UUIDv7 (RFC 9562), made from an instant and bits that the caller supplies.

The core has no clock and no randomness: an ``IdSource`` is created at the edge and handed in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, SafeUUID

_LOW = (1 << 62) - 1
_ALL = (1 << 74) - 1
# From one id to the next: far enough apart that rows which belong to an id may take it with a
# small number mixed in, and near enough that a source never runs out.
_STEP_MIN, _STEP_BITS = 1 << 20, 32


def uuid7(*, instant: datetime, random_bits: int) -> UUID:
    """A UUIDv7 from a millisecond instant and 74 random bits (RFC 9562 section 5.7)."""
    bits = random_bits & _ALL
    return _uuids([_frame(instant) | (bits >> 62) << 64 | bits & _LOW])[0]


def _frame(instant: datetime) -> int:
    """Everything of an id that is not random: milliseconds, version, variant."""
    milliseconds = int(instant.timestamp() * 1000) & ((1 << 48) - 1)
    return (milliseconds << 80) | (0x7 << 76) | (0b10 << 62)


def _uuids(values: Iterable[int]) -> list[UUID]:
    """``UUID(int=value)`` without the checks of its constructor: bulk commands make millions."""
    make, put, unknown = UUID.__new__, object.__setattr__, SafeUUID.unknown
    made = []
    for value in values:
        one = make(UUID)
        put(one, "int", value)
        put(one, "is_safe", unknown)
        made.append(one)
    return made


@dataclass(slots=True)
class IdSource:
    """Makes ids for one run of a command, in one thread; seeded sources make demo and tests
    repeatable.

    The first id is random, each later one is the one before plus a random step (RFC 9562 section
    6.2, method 2). So what a command makes later is larger: its rows are added at the end of every
    index, side by side, which saves a sixth of the database's time in a billing run."""

    instant: datetime
    random_bits: Callable[[int], int]
    _last: int = field(default=0, init=False)

    @classmethod
    def seeded(cls, *, instant: datetime, seed: str) -> IdSource:
        # Ids are names, not secrets: tokens never come from here.
        return cls(instant=instant, random_bits=random.Random(seed).getrandbits)  # noqa: S311

    def new(self) -> UUID:
        return self.many(1)[0]

    def many(self, count: int) -> list[UUID]:
        """New ids in ascending order."""
        if not count:
            return []
        step = _STEP_MIN + self.random_bits(_STEP_BITS)
        if not self._last or (self._last & _LOW) + count * step > _LOW:
            # Half of all numbers are left for the steps.
            bits = self.random_bits(74) & ~(1 << 61)
            self._last = uuid7(instant=self.instant, random_bits=bits).int
        first = self._last + step
        self._last += count * step
        return _uuids(range(first, self._last + 1, step))

    def stream(self) -> Callable[[], UUID]:
        """New ids one by one, made a block at a time, for rules that ask as they go."""
        return self._blocks().__next__

    def _blocks(self) -> Iterator[UUID]:
        while True:
            yield from self.many(64)


def id_text(value: UUID) -> str:
    """``str(value)`` in half of the time: a large command writes hundreds of thousands.

    >>> id_text(UUID(int=10))
    '00000000-0000-0000-0000-00000000000a'
    """
    pairs = value.int.to_bytes(16).hex("-", 2)
    return f"{pairs[:4]}{pairs[5:29]}{pairs[30:34]}{pairs[35:]}"


PREFIXES: dict[str, str] = {
    "customer": "cus",
    "item": "itm",
    "order": "ord",
    "delivery": "dlv",
    "draft": "drf",
    "run": "run",
    "document": "inv",
    "dispatch": "dsp",
    "status": "sta",
    "statement": "stm",
    "bank_line": "bnk",
    "advice": "adv",
    "receipt": "rcp",
    "open_item": "opn",
    "allocation": "alo",
    "proposal": "prp",
    "return": "ret",
    "gap": "gap",
    "lesson": "lsn",
    "question": "qst",
    "entry": "ent",
    "approval": "apr",
    "import": "imp",
    "policy": "pol",
    "policy_example": "exa",
    "company": "com",
    "user": "usr",
    "act": "act",
    "view": "viw",
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

"""The hash chain over facts: pure, so a verifier needs no database and no Django."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any
from uuid import UUID

from acquit.core.ids import id_text
from acquit.core.plain import to_plain
from acquit.core.text import sha256

GENESIS = "0" * 64
VERSION = 1
# The columns a fact's hash covers, besides the version and the previous hash.
COVERED = (
    "seq",
    "id",
    "kind",
    "subject_id",
    "effective_on",
    "recorded_at",
    "actor_id",
    "actor_name",
    "actor_kind",
    "on_behalf_of",
    "reason",
    "rule",
    "request_id",
    "command",
    "payload",
)

# Canonical JSON: the bytes of acquit.core.text.canonical_json over the plain form of the value.
encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=to_plain
).encode


def _quoted(value: Any) -> str:
    return f'"{value}"'


class _Texts(dict[type[Any], Callable[[Any], str]]):
    """How values of a class are written; ``encode`` writes those that nobody names."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any], str]:
        self[kind] = Members(kind).text if is_dataclass(kind) else encode
        return self[kind]


# The commonest values of facts, written at once.
_TEXTS = _Texts(
    {
        str: encode_basestring,
        int: int.__repr__,
        bool: lambda value: "true" if value else "false",
        type(None): lambda _value: "null",
        UUID: lambda value: f'"{id_text(value)}"',
        Decimal: _quoted,
        date: lambda value: f'"{value.isoformat()}"',
    }
)


def _list(values: tuple[Any, ...]) -> str:
    return f"[{','.join([_TEXTS[each.__class__](each) for each in values])}]"


_TEXTS[tuple] = _list


class Members:
    """The fields of a dataclass as canonical JSON, ``without`` some of them.

    The text is that of :func:`encode` over a dictionary of them, byte for byte; only faster.
    """

    def __init__(self, kind: type[Any], *, without: Collection[str] = ()) -> None:
        names = sorted(field.name for field in fields(kind) if field.name not in without)
        self._form = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
        self._values = _values(names)

    def text(self, value: Any) -> str:
        texts = _TEXTS
        return self._form % tuple([texts[each.__class__](each) for each in self._values(value)])


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """The attributes of these names, all at once; ``attrgetter`` makes no tuple of one or none."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def link(prev_hash: str, row: Mapping[str, Any]) -> str:
    """The hash of one fact (invariant I25). ``recorded_at`` is UTC, to the microsecond."""
    covered = {name: row[name] for name in COVERED}
    return sha256(encode({"v": VERSION, "prev": prev_hash, "fact": covered}).encode())


class Frame:
    """Links facts of one actor, command and instant: what they share is encoded once.

    The hash is that of :func:`link` over the same row, byte for byte; only faster.
    """

    def __init__(self, shared: Mapping[str, Any]) -> None:
        def part(*names: str) -> str:
            return encode({name: shared[name] for name in names})[1:-1]

        self._first = f'{{"fact":{{{part("actor_id", "actor_kind", "actor_name", "command")}'
        self._second = part("on_behalf_of")
        self._third = part("reason", "recorded_at", "request_id", "rule")

    def link(
        self,
        prev_hash: str,
        *,
        seq: int,
        id: UUID,
        kind: str,
        subject_id: UUID,
        effective_on: str,
        payload: str,
    ) -> str:
        """The hash of one fact; ``payload`` is its canonical JSON, ``effective_on`` ISO 8601."""
        text = (
            f'{self._first},"effective_on":"{effective_on}","id":"{id_text(id)}",'
            f'"kind":"{kind}",'
            f'{self._second},"payload":{payload},{self._third},"seq":{seq},'
            f'"subject_id":"{id_text(subject_id)}"}},"prev":"{prev_hash}","v":{VERSION}}}'
        )
        return sha256(text.encode())


@dataclass(frozen=True, slots=True)
class BrokenLink:
    seq: int
    message: str


def broken_links(
    rows: Iterable[Mapping[str, Any]], *, head_seq: int, head_hash: str
) -> Iterator[BrokenLink]:
    """Every place where the chain does not hold, in order of ``seq``; nothing when it is whole."""
    expected_seq, previous = 1, GENESIS
    for row in rows:
        if row["seq"] != expected_seq:
            yield BrokenLink(expected_seq, f"fact {expected_seq} is missing")
        elif row["prev_hash"] != previous:
            yield BrokenLink(row["seq"], f"fact {row['seq']} does not point at the fact before it")
        if link(row["prev_hash"], row) != row["hash"]:
            yield BrokenLink(row["seq"], f"fact {row['seq']} was changed after it was recorded")
        expected_seq, previous = row["seq"] + 1, row["hash"]
    if expected_seq - 1 != head_seq or previous != head_hash:
        yield BrokenLink(
            head_seq, f"the chain ends at {expected_seq - 1}, its head says {head_seq}"
        )

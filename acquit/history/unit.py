"""The unit of work: facts gathered by one outermost command and chained when it ends.

The head of the chain is locked last and only for the time of one COPY, so commands of a company
run side by side until the moment they commit.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from django.db import transaction

from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.database import behind
from acquit.database.copy import copy_text, escaped, fetch_rows
from acquit.history import chain
from acquit.history.facts import F, Fact, Recorded
from acquit.history.models import FactRecord
from acquit.jobs import enqueue

Reaction = Callable[[Context, Sequence[Recorded[Any]]], None]


Calendar = Callable[[date], date]


def _as_dated(_company_id: UUID) -> Calendar:
    return lambda day: day


@dataclass(frozen=True, slots=True)
class Wiring:
    """Which reactions follow a fact: ``now`` in the same transaction, ``later`` as jobs.

    ``later`` maps a kind of fact to names of jobs; each is given company_id and subject ids.
    ``calendar`` says for a company on which day something of a day counts, where months are
    locked; what it said must hold until the transaction ends.
    """

    now: Mapping[str, tuple[Reaction, ...]] = field(default_factory=dict)
    later: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendar: Callable[[UUID], Calendar] = _as_dated


# Told of stored facts: company, number of the first, and the facts in the order of the chain.
Follower = Callable[[UUID, int, Sequence[tuple[Context, str, Recorded[Any]]]], None]


class Ending(Protocol):
    """What a stage gathers during the unit and writes once, at its end."""

    def finish(self) -> None: ...


E = TypeVar("E", bound=Ending)
T = TypeVar("T")


@dataclass(slots=True)
class UnitOfWork:
    company_id: UUID
    command: str
    rows: list[tuple[Context, str, Recorded[Any]]] = field(default_factory=list)
    endings: dict[str, Ending] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    calendar: Calendar | None = None


_unit: ContextVar[UnitOfWork | None] = ContextVar("acquit_unit_of_work", default=None)
_wiring: list[Wiring] = [Wiring()]
_followers: list[Follower] = []
LATER_CHUNK = 200
_READY_MAX = 10_000  # facts written out before they are chained: what is ready is held in memory


def wire(wiring: Wiring) -> None:
    """Install the table of reactions; called once by ``acquit.config.wiring``."""
    _wiring[0] = wiring


def follow(follower: Follower) -> None:
    """Have every unit's facts told to the follower, in their own transaction, once stored."""
    if follower not in _followers:
        _followers.append(follower)


def begin(*, company_id: UUID, command: str) -> UnitOfWork | None:
    """Open a unit for the outermost command; None when one is already open (join it)."""
    current = _unit.get()
    if current is not None:
        if current.company_id != company_id:
            raise RuntimeError("a command of one company called a command of another")
        return None
    unit = UnitOfWork(company_id, command)
    _unit.set(unit)
    return unit


def is_open() -> bool:
    """Whether a command is running in this thread of control."""
    return _unit.get() is not None


def end() -> None:
    _unit.set(None)


def calendar() -> Calendar:
    """Tells the day on which something of a day counts, in sub-ledger and books alike: the day
    itself, or the first open one where its month is locked. Read once per unit."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("days are booked inside a command only")
    if unit.calendar is None:
        unit.calendar = _wiring[0].calendar(unit.company_id)
    return unit.calendar


@contextmanager
def taken_back(*, company_id: UUID, command: str) -> Iterator[None]:
    """What commands do inside leaves nothing behind: neither rows nor facts nor jobs. Whoever
    wants to know beforehand does the thing itself, so that its figures are those it will have."""
    with transaction.atomic():
        if begin(company_id=company_id, command=command) is None:
            raise RuntimeError("this is tried by itself, not inside a command")
        try:
            yield
        finally:
            end()
            transaction.set_rollback(True)


def record(
    ctx: Context, facts: Sequence[F], *, frames: Sequence[Context] | None = None
) -> list[Recorded[F]]:
    """Add facts to the open unit and run their ``now`` reactions, kind by kind, in batches. Each
    is kept with its own of the ``frames``, where rules did them that are not that of ``ctx``."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("facts are recorded inside a command only")
    ids = ctx.ids.many(len(facts))
    recorded = [Recorded(id, fact) for id, fact in zip(ids, facts, strict=True)]
    each = [ctx] * len(recorded) if frames is None else frames
    unit.rows.extend((one, unit.command, item) for one, item in zip(each, recorded, strict=True))
    by_kind: dict[str, list[Recorded[F]]] = defaultdict(list)
    for item in recorded:
        by_kind[item.fact.KIND].append(item)
    for kind, items in by_kind.items():
        for reaction in _wiring[0].now.get(kind, ()):
            reaction(ctx, items)
    return recorded


def at_end(name: str, make: Callable[[], E]) -> E:
    """The unit's gatherer of this name, made at first use. Its ``finish`` runs while the head of
    the chain is held, so rows that every command of a company touches (balances) are locked in
    one order and for a moment only: no deadlock, no long wait."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("gathered inside a command only")
    if name not in unit.endings:
        unit.endings[name] = make()
    return cast(E, unit.endings[name])


def once(name: str, ask: Callable[[], T]) -> T:
    """What ``ask`` answers, asked at first use in the unit: for what no command changes and then
    uses. Between the pieces of a large batch every question makes the program and the database
    wait for each other."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("asked inside a command only")
    if name not in unit.known:
        unit.known[name] = ask()
    return cast(T, unit.known[name])


class Overtaken(Refused):
    """Somebody was told what was known at a later instant than this command's: it must be
    recorded after that one."""

    def __init__(self, known_until: datetime) -> None:
        message = f"the books were read as known at {known_until:%Y-%m-%d %H:%M:%S} meanwhile"
        super().__init__((Fault("history.overtaken", message, fix="do it again"),))
        self.known_until = known_until


def flush(unit: UnitOfWork) -> None:
    """Chain and store the unit's facts and enqueue what follows later. Last act before commit.
    Raises Overtaken where the facts would change what somebody was told (``known.py``)."""
    if not unit.rows:
        return
    # Before the chain is held, and while the database still stores what it was given.
    ready = [payload_text(item.fact) for _ctx, _name, item in unit.rows[:_READY_MAX]]
    head = fetch_rows(
        "SELECT seq, hash, known_until FROM history_head WHERE company_id = %s FOR UPDATE",
        [unit.company_id],
    )
    if not head:
        raise RuntimeError(f"company {unit.company_id} has no chain; create it by its command")
    seq, previous, known_until = head[0]
    if known_until is not None and any(ctx.now <= known_until for ctx, _c, _item in unit.rows):
        raise Overtaken(known_until)
    for gatherer in unit.endings.values():
        gatherer.finish()
    first = seq + 1
    frames: dict[tuple[int, str], _Frame] = {}

    def lines() -> Iterator[str]:
        """One by one, so that the database stores some while others are hashed."""
        nonlocal seq, previous
        later = itertools.islice(unit.rows, len(ready), None)
        payloads = itertools.chain(ready, (payload_text(item.fact) for _ctx, _name, item in later))
        for (ctx, command, item), payload in zip(unit.rows, payloads, strict=True):
            key = (id(ctx), command)
            frame = frames.get(key)
            if frame is None:
                frame = frames[key] = _Frame(unit.company_id, ctx, command)
            seq += 1
            previous, line = frame.row(seq, previous, item, payload)
            yield line

    copy_text(FactRecord, _COLUMNS, lines())
    behind.write(
        "UPDATE history_head SET seq = %s, hash = %s WHERE company_id = %s",
        [seq, previous, unit.company_id],
    )
    _enqueue_later(unit)
    for follower in _followers:
        follower(unit.company_id, first, unit.rows)


_SHARED = (
    "recorded_at",
    "actor_id",
    "actor_name",
    "actor_kind",
    "on_behalf_of",
    "reason",
    "rule",
    "request_id",
    "command",
)
_COLUMNS = (
    "company_id",
    *_SHARED,
    "seq",
    "id",
    "kind",
    "subject_id",
    "effective_on",
    "payload",
    "prev_hash",
    "hash",
)


class _Frame:
    """Facts of one context and command; what they share is made ready once."""

    def __init__(self, company_id: UUID, ctx: Context, command: str) -> None:
        actor = ctx.actor
        shared: dict[str, Any] = {
            "recorded_at": ctx.now.astimezone(UTC),
            "actor_id": actor.id,
            "actor_name": actor.name,
            "actor_kind": str(actor.kind),
            "on_behalf_of": actor.on_behalf_of,
            "reason": ctx.reason,
            "rule": ctx.rule,
            "request_id": ctx.request_id,
            "command": command,
        }
        self._chain = chain.Frame(shared)
        kept = [r"\N" if shared[name] is None else escaped(str(shared[name])) for name in _SHARED]
        self._prefix = "\t".join([company_id.hex, *kept])

    def row(self, seq: int, previous: str, item: Recorded[Any], payload: str) -> tuple[str, str]:
        """The hash of the fact and its line of COPY text."""
        fact = item.fact
        day = fact.effective_on.isoformat()
        digest = self._chain.link(
            previous,
            seq=seq,
            id=item.id,
            kind=fact.KIND,
            subject_id=fact.subject_id,
            effective_on=day,
            payload=payload,
        )
        # Control characters are escaped in JSON already: only its backslashes are left.
        stored = payload.replace("\\", "\\\\")
        return digest, (
            f"{self._prefix}\t{seq}\t{item.id.hex}\t{fact.KIND}\t{fact.subject_id.hex}"
            f"\t{day}\t{stored}\t{previous}\t{digest}\n"
        )


def payload_text(fact: Fact) -> str:
    """What the fact says beyond its subject and date, as canonical JSON."""
    members = _members.get(fact.KIND)
    if members is None:
        without = ("subject_id", "effective_on")
        members = _members[fact.KIND] = chain.Members(type(fact), without=without)
    return members.text(fact)


_members: dict[str, chain.Members] = {}  # by kind of fact


def _enqueue_later(unit: UnitOfWork) -> None:
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for _ctx, _command, item in unit.rows:
        for job in _wiring[0].later.get(item.fact.KIND, ()):
            wanted[job].append(item.fact.subject_id)
    for job, subjects in wanted.items():
        unique = list(dict.fromkeys(subjects))
        enqueue(
            job,
            [
                {"company_id": str(unit.company_id), "ids": [str(s) for s in chunk]}
                for chunk in _chunks(unique)
            ],
        )


def _chunks(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    for start in range(0, len(ids), LATER_CHUNK):
        yield ids[start : start + LATER_CHUNK]

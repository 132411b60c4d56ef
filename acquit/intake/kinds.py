"""What may be imported: each kind has its columns, and what becomes of its rows.

Stages declare their kinds; ``acquit.config.wiring`` lists them and installs the list once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Refused


class UnknownKind(Refused):
    """Nothing of this kind can be imported; the fault lists what can."""


class ColumnType(StrEnum):
    TEXT = "text"
    DECIMAL = "decimal"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """A value a row may carry. A required one must be there and not blank in every row."""

    name: str
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row that was read. ``number`` is the row as a spreadsheet counts, the header being row 1.
    ``values`` has the columns the file carries: text, Decimal or date; None where blank, but ""
    for text."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowReject:
    """Why a row was not taken, and what to do about it."""

    code: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The import whose rows are committed."""

    run_id: UUID
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of the rows: those in neither collection were accepted. ``created`` counts what
    was made, by name."""

    created: Mapping[str, int]
    duplicates: frozenset[int] = frozenset()
    rejected: Mapping[int, RowReject] = field(default_factory=dict)


Undo = Callable[[Context, UUID], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. ``commit`` writes rows inside the import's transaction with a number of
    queries that does not depend on their number, by the command ``needs``; ``undo`` takes back what
    a run made and returns counts, or raises Refused naming what depends on it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    commit: Callable[[Context, Frame, Sequence[ImportRow]], Committed]
    undo: Undo
    needs: str

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


_KINDS: dict[str, Kind] = {}
_UNDO: dict[str, Undo] = {}


def install(kinds: Iterable[Kind], *, undo: Mapping[str, Undo]) -> None:
    """Install the list of kinds, and how imports of files that have a reader of their own are
    taken back; called once by ``acquit.config``."""
    _KINDS.clear()
    _KINDS.update({kind.name: kind for kind in kinds})
    _UNDO.clear()
    _UNDO.update({name: kind.undo for name, kind in _KINDS.items()} | dict(undo))


def undo_of(name: str) -> Undo | None:
    """How imports of this kind are taken back; None where they are not."""
    return _UNDO.get(name)


def names() -> tuple[str, ...]:
    return tuple(_KINDS)


def get(name: str) -> Kind:
    if name not in _KINDS:
        raise UnknownKind.because(
            "import.kind_unknown",
            f"files of kind {name!r} cannot be imported",
            path="kind",
            fix=f"use one of {', '.join(_KINDS)}",
        )
    return _KINDS[name]

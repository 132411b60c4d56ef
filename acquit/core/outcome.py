"""What a command answers: one result per item, and figures about the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from acquit.core.faults import Fault, Refused


class ItemState(StrEnum):
    DONE = "done"
    DUPLICATE = "duplicate"  # already done before; nothing changed
    REFUSED = "refused"
    AWAITING = "awaiting_approval"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """``key`` is the caller's own word for the item (a number, a row); ``id`` what was made."""

    key: str
    state: ItemState
    id: UUID | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a batch. Nothing is skipped silently: every item has a result."""

    items: tuple[ItemResult, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    def of(self, state: ItemState) -> tuple[ItemResult, ...]:
        return tuple(item for item in self.items if item.state is state)

    @property
    def ids(self) -> tuple[UUID, ...]:
        return tuple(item.id for item in self.items if item.id is not None)

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for item in self.items for fault in item.faults)

    def or_refuse(self) -> Outcome:
        """For callers with one item: raise Refused instead of returning a refused result."""
        refused = self.of(ItemState.REFUSED)
        if refused:
            raise Refused(tuple(fault for item in refused for fault in item.faults))
        return self

    def as_dict(self) -> dict[str, Any]:
        return {
            "items": [
                {
                    "key": item.key,
                    "state": str(item.state),
                    "id": str(item.id) if item.id else None,
                    "faults": [fault.as_dict() for fault in item.faults],
                }
                for item in self.items
            ],
            "figures": dict(self.figures),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        return cls(items=tuple(_items(data["items"])), figures=data["figures"])


def _items(rows: Iterable[Mapping[str, Any]]) -> Iterable[ItemResult]:
    for row in rows:
        faults = tuple(Fault.from_dict(fault) for fault in row["faults"])
        yield ItemResult(
            key=row["key"],
            state=ItemState(row["state"]),
            id=UUID(row["id"]) if row["id"] else None,
            faults=faults,
        )

"""What every reader gives back: the document, and what there is to say about the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from acquit.core.faults import Fault, Severity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """The document, or None with the faults that forbid it.

    Faults of severity warning or info come with a document: they name content that the canonical
    document does not carry, so that nothing is dropped without a word.
    """

    document: T | None
    faults: tuple[Fault, ...] = ()

    @property
    def fatal(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity is Severity.FATAL)

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


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One document of a file, by the name of its message: ``INVOIC D96A``, ``810 4010``."""

    name: str
    reading: Reading[T]


@dataclass(frozen=True, slots=True)
class File(Generic[T]):
    """What a file holds: the documents in their order, and what there is to say about the whole."""

    syntax: str
    parts: tuple[Part[T], ...]
    faults: tuple[Fault, ...] = ()

    @property
    def documents(self) -> tuple[T, ...]:
        return tuple(p.reading.document for p in self.parts if p.reading.document is not None)

    def the_only(self, kind: type[T], code: str) -> Reading[T]:
        """The one document of a kind; faults where the file holds none or several, or is broken.
        What stands whole in a broken file is among its parts all the same."""
        if any(fault.severity is Severity.FATAL for fault in self.faults):
            return Reading(None, self.faults)
        found = [p.reading for p in self.parts if isinstance(p.reading.document, kind)]
        if len(self.parts) == 1 and (found or not self.parts[0].reading.document):
            reading = self.parts[0].reading
            return Reading(reading.document, (*self.faults, *reading.faults))
        if len(found) == 1:
            return Reading(found[0].document, (*self.faults, *found[0].faults))
        names = ", ".join(part.name for part in self.parts) or "no document"
        message = f"the file holds {names}"
        fault = Fault(code, message, fix="read its documents one by one")
        return Reading(None, (*self.faults, fault))

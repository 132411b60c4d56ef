"""The base of every fact, and how it looks once recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened, in the past tense. ``KIND`` is ``stage.Name`` and never changes.

    ``subject_id`` is the object it is about; ``effective_on`` the accounting date of the effect.
    Fields are plain values (text, int, Money, date, UUID, Decimal, tuples of dataclasses).
    """

    KIND: ClassVar[str] = ""
    subject_id: UUID
    effective_on: date


def known_kinds() -> frozenset[str]:
    """The kinds of all facts that exist in the program."""
    return frozenset(fact.KIND for fact in Fact.__subclasses__() if fact.KIND)


F = TypeVar("F", bound=Fact)


class Recorded(NamedTuple, Generic[F]):
    """A fact with the id under which it stands in the log."""

    id: UUID
    fact: F

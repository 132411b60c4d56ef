"""What happens to the books themselves. Entries are not facts: they follow from facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLocked(Fact):
    """``subject_id`` is the period."""

    KIND = "ledger.PeriodLocked"
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReopened(Fact):
    KIND = "ledger.PeriodReopened"
    starts_on: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReversed(Fact):
    """``subject_id`` is what the original entry was about; ``entry_id`` the original."""

    KIND = "ledger.EntryReversed"
    entry_id: UUID
    why: str

"""What happens to the books themselves. Entries are not facts: they follow from facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLocked(Fact):
    KIND = "ledger.PeriodLocked"
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReopened(Fact):
    KIND = "ledger.PeriodReopened"
    starts_on: date
    why: str

"""What happens to proposals."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(Fact):
    KIND = "matching.ProposalMade"
    receipt_id: UUID
    action: str
    why: str
    rivals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAccepted(Fact):
    KIND = "matching.ProposalAccepted"
    receipt_id: UUID
    allocations: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRejected(Fact):
    KIND = "matching.ProposalRejected"
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalUndone(Fact):
    KIND = "matching.ProposalUndone"
    receipt_id: UUID

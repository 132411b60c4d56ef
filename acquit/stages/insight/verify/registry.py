"""All checks that need rows only: the same for the database and for an export."""

from __future__ import annotations

from acquit.stages.insight.verify import cash, delivery, documents, ledger, matching, proof, rights
from acquit.stages.insight.verify.source import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    *proof.INVARIANTS,
    *documents.INVARIANTS,
    *delivery.INVARIANTS,
    *cash.INVARIANTS,
    *matching.INVARIANTS,
    *ledger.INVARIANTS,
    *rights.INVARIANTS,
)

"""All checks that need rows only: the same for the database and for an export."""

from __future__ import annotations

from acquit.stages.insight.verify import cash, delivery, documents, ledger, proof
from acquit.stages.insight.verify.source import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    *proof.INVARIANTS,
    *documents.INVARIANTS,
    *delivery.INVARIANTS,
    *cash.INVARIANTS,
    *ledger.INVARIANTS,
)

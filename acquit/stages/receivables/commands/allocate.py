"""Move value from credit items (receipts, credit notes) to debit items (invoices)."""

from __future__ import annotations

from collections.abc import Sequence

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.outcome import Outcome
from acquit.stages.receivables.commands.settling import NewAllocation, settle


@command("receivables.allocate")
def allocate(*, ctx: Context, items: Sequence[NewAllocation]) -> Outcome:
    """Apply credits to claims; what is not applied stays open on the credit item.

    An allocation takes effect today, or on the later day on which the younger of its two items
    came to be or was last moved. A receipt whose payer is unknown gets the customer whose claims
    it settles, when they are one customer's.
    """
    return settle(ctx, items)

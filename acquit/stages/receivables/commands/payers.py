"""Who paid: naming the payer of a receipt, and taking that back, both in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import NULL, copy_text, fetch_rows, uuid_array
from acquit.stages.receivables.commands.locking import set_customers
from acquit.stages.receivables.facts import PayerIdentified, PayerWithdrawn
from acquit.stages.receivables.models import PayerChange


class Identity(NamedTuple):
    """A receipt's item changes its customer; the amounts are what is open of it just then."""

    item_id: UUID
    receipt_id: UUID
    currency: str
    before: UUID | None
    after: UUID | None
    amount_minor: int
    functional_minor: int
    effective_on: date


def record_identities(ctx: Context, identities: Sequence[Identity]) -> None:
    """Store the changes and the items' new customers; the facts are the caller's."""
    record_changes(ctx, identities, last_positions(ctx, identities))
    changes = [(identity.item_id, identity.after) for identity in identities]
    if changes:
        set_customers(company_id=ctx.company_id, customers=changes)


def last_positions(ctx: Context, identities: Sequence[Identity]) -> dict[UUID, int]:
    """The place of the last change of each item; of items that never changed there is none."""
    if not identities:
        return {}
    return dict(
        fetch_rows(
            "SELECT item_id, max(position) FROM receivables_payer_change"
            " WHERE company_id = %s AND item_id = ANY(%s::uuid[]) GROUP BY item_id",
            [ctx.company_id, uuid_array(identity.item_id for identity in identities)],
        )
    )


def record_changes(ctx: Context, identities: Sequence[Identity], last: Mapping[UUID, int]) -> None:
    """Store the changes, each behind the ``last`` one of its item; the items' new customers and
    the facts are the caller's."""
    if not identities:
        return
    copy_text(
        PayerChange,
        _COLUMNS,
        (
            f"{id.hex}\t{ctx.company_id.hex}\t{one.item_id.hex}\t{last.get(one.item_id, 0) + 1}"
            f"\t{one.before.hex if one.before else NULL}\t{one.after.hex if one.after else NULL}"
            f"\t{one.amount_minor}\t{one.functional_minor}\t{one.effective_on}\t{ctx.now}\n"
            for id, one in zip(ctx.ids.many(len(identities)), identities, strict=True)
        ),
    )


_COLUMNS = (
    "id",
    "company_id",
    "item_id",
    "position",
    "customer_before_id",
    "customer_id",
    "amount_minor",
    "functional_minor",
    "effective_on",
    "recorded_at",
)


def identified(identity: Identity) -> PayerIdentified:
    assert identity.after is not None
    return PayerIdentified(
        subject_id=identity.item_id,
        effective_on=identity.effective_on,
        receipt_id=identity.receipt_id,
        customer_id=identity.after,
        amount_minor=identity.amount_minor,
        currency=identity.currency,
        functional_minor=identity.functional_minor,
    )


def withdrawn(identity: Identity) -> PayerWithdrawn:
    assert identity.before is not None
    return PayerWithdrawn(
        subject_id=identity.item_id,
        effective_on=identity.effective_on,
        receipt_id=identity.receipt_id,
        customer_id=identity.before,
        amount_minor=identity.amount_minor,
        currency=identity.currency,
        functional_minor=identity.functional_minor,
    )

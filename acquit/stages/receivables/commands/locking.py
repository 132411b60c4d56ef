"""Locking open items, always in one order, and writing back what moved.

The order is customers, debit items, credit items, each by id: two commands that share items wait
for each other and never lock each other out. NO KEY UPDATE is enough to keep other allocations
away and does not stop new documents of the same customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from uuid import UUID

from acquit.database import behind
from acquit.database.copy import execute, fetch_rows, plain_array, uuid_array
from acquit.stages.receivables.rules.allocation import ItemState

_INT = attrgetter("int")
_COLUMNS = (
    "id, side, kind, number, customer_id, receipt_id, currency, original_minor, open_minor,"
    " functional_minor, open_functional_minor, moved_on"
)


def lock_items(*, company_id: UUID, item_ids: Collection[UUID]) -> dict[UUID, ItemState]:
    """The items as they stand once nobody else can move them; unknown ids are left out."""
    wanted = uuid_array(item_ids)
    # As an array: joined, the items would be looked for among those of each customer.
    execute(
        "SELECT id FROM masterdata_customer WHERE company_id = %s AND id = ANY(ARRAY("
        "SELECT DISTINCT customer_id FROM receivables_open_item"
        "  WHERE company_id = %s AND id = ANY(%s::uuid[]))) ORDER BY id FOR NO KEY UPDATE",
        [company_id, company_id, wanted],
    )
    rows = fetch_rows(
        f"SELECT {_COLUMNS} FROM receivables_open_item"
        " WHERE company_id = %s AND id = ANY(%s::uuid[])"
        " ORDER BY side = 'credit', id FOR NO KEY UPDATE",
        [company_id, wanted],
    )
    return {row[0]: ItemState(*row) for row in rows}


def move_open(
    *,
    company_id: UUID,
    changes: Iterable[tuple[UUID, int, int, date]],
    customers: Mapping[UUID, UUID] | None = None,
) -> None:
    """Add (minor, functional minor) to what is open of each item, as of the day; and give those of
    ``customers`` their customer in the same step, since to write a row twice costs twice.

    The update is relative, so the CHECK 0 <= open <= original is the last guard whatever the
    caller believed. One row per item: several changes of an item are summed first. It goes to
    the server with what comes next, so that a run over many items does not wait for it.
    """
    named = customers or {}
    summed: dict[UUID, tuple[int, int, date]] = {}
    for item_id, minor, functional, day in changes:
        before = summed.get(item_id)
        if before is not None:
            minor, functional = minor + before[0], functional + before[1]
            day = max(day, before[2])
        summed[item_id] = minor, functional, day
    # In the order of the table and its indexes, so that neighbours are written together.
    items = sorted(summed, key=_INT)
    moved = [summed[item_id] for item_id in items]
    columns = [plain_array(change[at] for change in moved) for at in range(3)]
    behind.write(
        "UPDATE receivables_open_item AS item"
        " SET open_minor = item.open_minor + change.minor,"
        " open_functional_minor = item.open_functional_minor + change.functional,"
        " moved_on = greatest(item.moved_on, change.day)"
        f"{', customer_id = coalesce(change.customer, item.customer_id)' if named else ''}"
        " FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::date[], %s::uuid[])"
        " AS change (id, minor, functional, day, customer)"
        " WHERE item.company_id = %s AND item.id = change.id",
        [uuid_array(items), *columns, uuid_array(map(named.get, items)), company_id],
    )


def set_customers(*, company_id: UUID, customers: Sequence[tuple[UUID, UUID | None]]) -> None:
    """Give each item its customer."""
    execute(
        "UPDATE receivables_open_item AS item SET customer_id = change.customer"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS change (id, customer)"
        " WHERE item.company_id = %s AND item.id = change.id",
        [*(uuid_array(row[at] for row in customers) for at in range(2)), company_id],
    )

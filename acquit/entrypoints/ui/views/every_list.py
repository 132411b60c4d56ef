"""Every list there is, by its address."""

from __future__ import annotations

from typing import Any

from acquit.entrypoints.ui.lists import ListPage
from acquit.entrypoints.ui.views import (
    approvals,
    closed,
    customer_list,
    deliveries,
    draft_list,
    gap_list,
    import_list,
    invoice_list,
    item_list,
    journal,
    receipt_list,
    remittances,
    returns,
    sending_list,
    statements,
)

LISTS: dict[str, ListPage[Any]] = {
    one.name: one
    for one in (
        invoice_list.LIST,
        customer_list.LIST,
        item_list.LIST,
        draft_list.LIST,
        deliveries.LIST,
        sending_list.LIST,
        receipt_list.LIST,
        statements.LIST,
        remittances.LIST,
        returns.LIST,
        gap_list.LIST,
        closed.LIST,
        journal.LIST,
        import_list.LIST,
        approvals.DECIDED,
        approvals.REFUSED,
    )
}

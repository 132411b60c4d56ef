"""Reads of drafts and documents; the views are frozen and scoped to one company."""

from __future__ import annotations

from acquit.stages.invoices.queries.documents import (
    Correction,
    DocumentPage,
    DocumentRow,
    DocumentView,
    Filters,
    LineView,
    buyers,
    canonical,
    currencies_by_number,
    document,
    documents,
    ids_by_number,
    payers_by_number,
    rows_by_id,
)
from acquit.stages.invoices.queries.page import (
    DRAFTS,
    DraftRow,
    OpenDeliveries,
    Waiting,
    draft,
    draft_lines,
    drafts,
    issued_on,
    open_deliveries,
    preview,
    ready_ids,
    waiting,
)
from acquit.stages.invoices.queries.reporting import Clocks, clocks, wanted_since
from acquit.stages.invoices.queries.varied import varied_customers

__all__ = [
    "DRAFTS",
    "Clocks",
    "Correction",
    "DocumentPage",
    "DocumentRow",
    "DocumentView",
    "DraftRow",
    "Filters",
    "LineView",
    "OpenDeliveries",
    "Waiting",
    "buyers",
    "canonical",
    "clocks",
    "currencies_by_number",
    "document",
    "documents",
    "draft",
    "draft_lines",
    "drafts",
    "ids_by_number",
    "issued_on",
    "open_deliveries",
    "payers_by_number",
    "preview",
    "ready_ids",
    "rows_by_id",
    "varied_customers",
    "waiting",
    "wanted_since",
]

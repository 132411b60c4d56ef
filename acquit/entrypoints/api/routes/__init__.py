"""The operations by noun; the order here is the order of the document."""

from acquit.entrypoints.api.routes import (
    access,
    billing,
    deliveries,
    dispatch,
    imports,
    invoices,
    ledger,
    masterdata,
    matching,
    orders,
    policies,
    receipts,
    receivables,
    reports,
    statements,
    system,
)

ALL = (
    masterdata.routes,
    orders.routes,
    deliveries.routes,
    imports.routes,
    billing.routes,
    invoices.routes,
    dispatch.routes,
    statements.routes,
    receipts.routes,
    receivables.routes,
    matching.routes,
    reports.routes,
    ledger.routes,
    access.routes,
    policies.routes,
    system.routes,
)

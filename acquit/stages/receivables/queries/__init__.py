"""Reading receivables: what is open at any date, ageing, statements, accounts."""

from acquit.stages.receivables.queries.account import (
    Account,
    AllocationView,
    CurrencyBalance,
    ItemView,
    Page,
    account,
    allocations_of,
    history,
    items_by_id,
    items_of,
    open_items,
)
from acquit.stages.receivables.queries.ageing import (
    NAMES,
    Ageing,
    AgeingPage,
    AgeingRow,
    AgeingTotals,
    Buckets,
    ageing,
    ageing_by_sql,
    ageing_page,
    ageing_totals,
)
from acquit.stages.receivables.queries.as_at import balances
from acquit.stages.receivables.queries.candidates import (
    OpenClaim,
    SameAmount,
    Unapplied,
    claims_by_amount,
    claims_by_number,
    unapplied,
)
from acquit.stages.receivables.queries.owed import Owed, owed_now
from acquit.stages.receivables.queries.statement import (
    CustomerStatement,
    StatementLine,
    customer_statement,
)

__all__ = [
    "NAMES",
    "Account",
    "Ageing",
    "AgeingPage",
    "AgeingRow",
    "AgeingTotals",
    "AllocationView",
    "Buckets",
    "CurrencyBalance",
    "CustomerStatement",
    "ItemView",
    "OpenClaim",
    "Owed",
    "Page",
    "SameAmount",
    "StatementLine",
    "Unapplied",
    "account",
    "ageing",
    "ageing_by_sql",
    "ageing_page",
    "ageing_totals",
    "allocations_of",
    "balances",
    "claims_by_amount",
    "claims_by_number",
    "customer_statement",
    "history",
    "items_by_id",
    "items_of",
    "open_items",
    "owed_now",
    "unapplied",
]

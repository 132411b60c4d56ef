"""The one table that says what follows a fact: now (same transaction) or later (jobs)."""

from __future__ import annotations

from acquit.history.unit import Wiring
from acquit.intake.kinds import Kind, Undo
from acquit.stages.dispatch.commands.answer import take_back
from acquit.stages.invoices.facts import DocumentIssued
from acquit.stages.ledger import reactions as ledger
from acquit.stages.masterdata.commands.imports import ACCOUNTS, CUSTOMERS, ITEMS, RATES
from acquit.stages.masterdata.facts import CompanyCreated
from acquit.stages.matching import reactions as matching
from acquit.stages.matching.commands import note_returns as returns
from acquit.stages.matching.facts import ReturnSettled, ReturnUndone
from acquit.stages.orders.commands.imports import DELIVERIES, ORDERS
from acquit.stages.receipts.commands.advice import withdraw
from acquit.stages.receipts.facts import (
    AdviceLinked,
    AdviceWithdrawn,
    MoneyLeft,
    PayoutCharged,
    ReceiptRecorded,
)
from acquit.stages.receivables import reactions as receivables
from acquit.stages.receivables.facts import (
    AllocationUndone,
    CashApplied,
    PayerIdentified,
    PayerWithdrawn,
)

WIRING = Wiring(
    now={
        CompanyCreated.KIND: (ledger.open_chart,),
        # Open items come before the books, so that what the books sum is there first.
        DocumentIssued.KIND: (receivables.open_documents, ledger.book),
        ReceiptRecorded.KIND: (receivables.open_receipts, ledger.book),
        MoneyLeft.KIND: (ledger.book, returns.note_returns),
        PayoutCharged.KIND: (ledger.book,),
        AdviceLinked.KIND: (returns.note_taken_back, returns.move_transferred),
        AdviceWithdrawn.KIND: (returns.forget_payouts,),
        CashApplied.KIND: (
            ledger.book,
            receivables.tell_collected,
            matching.follow_gaps,
            matching.end_questions,
            matching.end_proposals,
        ),
        AllocationUndone.KIND: (
            ledger.book,
            receivables.tell_collected,
            matching.note_undone,
            returns.note_returns_undone,
            matching.follow_gaps,
        ),
        ReturnSettled.KIND: (ledger.book,),
        ReturnUndone.KIND: (ledger.book,),
        PayerIdentified.KIND: (ledger.book,),
        PayerWithdrawn.KIND: (ledger.book,),
    },
    later={},
    calendar=ledger.calendar,
)

# What may be imported.
KINDS: tuple[Kind, ...] = (CUSTOMERS, ITEMS, RATES, ACCOUNTS, ORDERS, DELIVERIES)

# How imports of files that have a reader of their own are taken back.
UNDO: dict[str, Undo] = {"remittance": withdraw, "responses": take_back}

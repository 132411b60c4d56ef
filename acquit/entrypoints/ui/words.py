"""Kinds of facts, posting rules and commands in the reader's words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FACTS = {
    "masterdata.CompanyCreated": _("Company created"),
    "masterdata.CustomersSaved": _("Customers saved"),
    "masterdata.ItemsSaved": _("Items saved"),
    "masterdata.BankDetailsChanged": _("Bank details changed"),
    "masterdata.RatesSaved": _("Exchange rates saved"),
    "masterdata.SettingsSaved": _("Settings saved"),
    "orders.OrderRecorded": _("Order recorded"),
    "orders.DeliveryRecorded": _("Delivery recorded"),
    "orders.ImportUndone": _("Order import undone"),
    "invoices.DocumentIssued": _("Document issued"),
    "invoices.DraftHeld": _("Draft held"),
    "invoices.DraftSplit": _("Draft split"),
    "invoices.DraftChanged": _("Draft changed"),
    "invoices.DraftDiscarded": _("Draft discarded"),
    "dispatch.DispatchQueued": _("Queued for sending"),
    "dispatch.DocumentSent": _("Document sent"),
    "dispatch.DispatchFailed": _("Sending failed"),
    "dispatch.DocumentSeen": _("Document seen"),
    "receipts.StatementImported": _("Statement imported"),
    "receipts.StatementParked": _("Statement parked"),
    "receipts.StatementDiscarded": _("Statement discarded"),
    "receipts.ReceiptRecorded": _("Receipt recorded"),
    "receipts.MoneyLeft": _("Money left the account"),
    "receivables.CashApplied": _("Money applied"),
    "receivables.AllocationUndone": _("Application undone"),
    "receivables.PayerIdentified": _("Payer identified"),
    "receivables.PayerWithdrawn": _("Payer unknown again"),
    "matching.ProposalMade": _("Proposal made"),
    "matching.ProposalAccepted": _("Proposal accepted"),
    "matching.ProposalRejected": _("Proposal rejected"),
    "matching.ProposalUndone": _("Proposal undone"),
    "ledger.PeriodLocked": _("Month locked"),
    "ledger.PeriodReopened": _("Month reopened"),
    "ledger.EntryReversed": _("Entry reversed"),
    "policy.PolicySaved": _("Policy saved"),
    "access.ApprovalRequested": _("Approval requested"),
    "access.ApprovalDecided": _("Approval decided"),
    "access.RoleGranted": _("Role granted"),
    "access.RoleRevoked": _("Role revoked"),
    "access.LimitSaved": _("Limit saved"),
    "access.KeyCreated": _("API key created"),
    "access.KeyRevoked": _("API key revoked"),
    "intake.FileImported": _("File imported"),
    "intake.ImportUndone": _("Import undone"),
}
RULES = {
    "document": _("Document: receivables against revenue and tax"),
    "receipt": _("Receipt: bank or cash against unapplied money"),
    "money_left": _("Money out: suspense against bank"),
    "application": _("Application: unapplied money against receivables"),
    "undo": _("Undo: the application the other way round"),
    "payer": _("Payer identified: unapplied money gets its customer"),
    "payer_withdrawn": _("Payer unknown again: unapplied money loses its customer"),
    "reversal": _("Reversal: the entry the other way round"),
}
REASONS = {
    "reference": _("The text names the document"),
    "lump": _("One payment for several documents"),
    "netting": _("Paid less a credit note"),
    "amount": _("Only the amount fits"),
    "short-pay": _("Less than is open"),
    "overpay": _("More than is open"),
}
COMMANDS = {
    "ledger.reopen": _("Reopen a month"),
    "ledger.lock": _("Lock a month"),
    "ledger.reverse": _("Reverse an entry"),
    "invoices.credit": _("Credit a document"),
    "invoices.issue": _("Issue a document"),
    "receivables.allocate": _("Apply money"),
    "receivables.undo": _("Undo an application"),
    "receipts.record": _("Record a payment"),
    "matching.accept": _("Accept a proposal"),
    "masterdata.change_bank": _("Change bank details"),
    "access.approve": _("Approve a request"),
    "access.reject": _("Reject a request"),
    "policy.save": _("Save a policy"),
}


def fact_title(kind: str) -> str:
    """What the fact says happened; an unlisted kind shows as its own words."""
    return str(FACTS.get(kind) or _spaced(kind))


def reason_title(reason: str) -> str:
    """Why the matcher proposes it, in one line."""
    return str(REASONS.get(reason) or _spaced(reason))


def rule_title(rule: str) -> str:
    return str(RULES.get(rule) or rule.replace("_", " "))


def command_title(name: str) -> str:
    """The command as an act; ``access.approve x.y`` names both."""
    first, _blank, second = name.partition(" ")
    title = str(COMMANDS.get(first) or _spaced(first))
    return f"{title}: {command_title(second)}" if second else title


def _spaced(name: str) -> str:
    word = name.rpartition(".")[2]
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in word)
    return spaced.replace("_", " ").strip().capitalize()

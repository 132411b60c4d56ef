"""Kinds of facts, posting rules and commands in the reader's words."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquit.entrypoints.ui.acts import spaced
from acquit.entrypoints.ui.said import said

RULES = {
    "document": _("Document: receivables against revenue and tax"),
    "receipt": _("Receipt: bank or cash against unapplied money"),
    "money_left": _("Money out: suspense against bank"),
    "application": _("Application: unapplied money against receivables"),
    "undo": _("Undo: the application the other way round"),
    "payer": _("Payer identified: unapplied money gets its customer"),
    "payer_withdrawn": _("Payer unknown again: unapplied money loses its customer"),
    "return_charge": _("Charge of a return: bank fees against suspense"),
    "return_charge_undone": _("Charge of a return taken back: suspense against bank fees"),
    "reversal": _("Reversal: the entry the other way round"),
}
REASONS = {
    "reference": _("One document, in full"),
    "lump": _("One payment for several documents"),
    "netting": _("Paid less a credit note"),
    "advice": _("As the remittance advice says"),
    "parent": _("Paid by a company of the group"),
    "discount": _("Paid less a discount"),
    "fee": _("Paid less a bank fee"),
    "tax": _("Paid less a tax"),
    "fx": _("Paid in another currency"),
    "instalment": _("An instalment"),
    "short-pay": _("Less than is open"),
    "overpayment": _("More than is open"),
    "duplicate": _("Paid a second time"),
    "prepayment": _("Paid in advance"),
    "unrelated": _("Belongs to no document"),
    "claim": _("One document of the customer"),
    "account": _("Stays on account"),
}
ADJUSTMENTS = {
    "discount": _("Discount"),
    "late_discount": _("Discount taken late"),
    "bank_fee": _("Bank fee"),
    "small_difference": _("Small difference"),
    "withheld_tax": _("Tax withheld"),
    "exchange": _("Exchanged"),
    "returned": _("Returned payment"),
    "netted": _("Netted in a payout"),
    "transferred": _("Transferred from a balance"),
}
# What money leaves open.
GAPS = {
    "short": _("Short payment"),
    "discount": _("Discount"),
    "late_discount": _("Discount not due"),
    "bank_fee": _("Bank fee"),
    "withheld_tax": _("Tax withheld"),
    "small_difference": _("Small difference"),
    "exchange": _("Exchange difference"),
    "error": _("Error in the amount"),
    "unexplained": _("Not explained"),
    "overpaid": _("Money left over"),
}
# What the matcher learns from decided receipts.
LESSONS = {
    "account": _("Accounts of payers"),
    "name": _("Names of payers"),
    "habit": _("What was paid before"),
    "text": _("Patterns of texts"),
    "calibration": _("How often evidence is right here"),
}
# What ties a returned payment to a receipt.
TIES = {
    "end_to_end": _("end-to-end id"),
    "bank_reference": _("reference of the bank"),
    "payout_reference": _("reference of the provider"),
    "document": _("document in the payout report"),
    "mandate": _("mandate"),
    "text": _("text"),
    "account": _("account of the payer"),
    "name": _("name of the payer"),
    "person": _("a person said so"),
}
# Fields of a draft that a person changed.
CHANGED = {
    "issue_on": _("Date of issue"),
    "tax_point": _("Tax point"),
    "channel": _("Channel"),
    "buyer_reference": _("Buyer reference"),
    "purchase_order": _("Purchase order"),
    "project": _("Project"),
    "contract": _("Contract"),
    "buyer_accounting": _("Cost centre"),
    "email": _("E-mail address"),
    "deliver_to_name": _("Delivered to"),
    "deliver_to_location": _("Delivered to: number of the place"),
    "deliver_to_street": _("Delivered to: street"),
    "deliver_to_street_2": _("Delivered to: second line"),
    "deliver_to_postcode": _("Delivered to: postcode"),
    "deliver_to_city": _("Delivered to: city"),
    "deliver_to_region": _("Delivered to: region"),
    "deliver_to_country": _("Delivered to: country"),
}
POLICIES = {
    "billing": _("Billing"),
    "issuing": _("Issuing"),
    "tax": _("Tax codes"),
    "einvoice": _("Electronic invoices"),
    "demands": _("Customer rules"),
    "payment_reference": _("Payment references"),
    "dispatch": _("Sending"),
    "matching": _("Matching"),
    "collected": _("Status of payment"),
    "adjusting": _("Adjustments"),
    "returning": _("Returned payments"),
    "gaps": _("Gaps"),
}
# What policies decide, and the words they choose from.
OUTCOMES = {
    "group": _("One document per"),
    "action": _("Action"),
    "channel": _("Channel"),
    "reason": _("Reason"),
    "tax_code": _("Tax code"),
    "tax": _("Tax"),
    "profile": _("Rules it obeys"),
    "scheme": _("Reference"),
    "message": _("What is said"),
    "text": _("Text"),
    "fix": _("What to do"),
    "severity": _("The document"),
    "charge": _("Bank's charge"),
    "owner": _("In charge"),
    "days": _("Days"),
}
CHOICES = {
    "tell": _("Tell the platform"),
    "customer": _("Customer"),
    "order": _("Order"),
    "delivery": _("Delivery"),
    "month": _("Month"),
    "project": _("Project"),
    "project_month": _("Project and month"),
    "contract": _("Contract"),
    "contract_month": _("Contract and month"),
    "place": _("Place of delivery"),
    "place_month": _("Place of delivery and month"),
    "order_place": _("Order and place of delivery"),
    "issue": _("Issue at once"),
    "review": _("To review"),
    "hold": _("Hold"),
    "email": _("E-mail"),
    "portal": _("Portal"),
    "print": _("Post"),
    "post": _("Apply at once"),
    "post_undo": _("Apply at once, a person looks afterwards"),
    "suggest": _("Suggest"),
    "leave": _("Leave"),
    "close": _("Close"),
    "settle": _("Open again at once"),
    "ask": _("Ask"),
    "bear": _("Our expense"),
    "suspense": _("Leave on suspense"),
    "keep": _("Keep open"),
    "reduce": _("Reduce the tax"),
    "none": _("Leave the tax"),
    "fatal": _("waits"),
    "warning": _("is warned of"),
    "number": _("Number"),
    "rf": _("RF reference"),
    "swiss": _("Swiss QR reference"),
    "belgian": _("Belgian reference"),
    "cash_clerk": _("Cash application"),
    "credit_controller": _("Credit control"),
    "receivables_manager": _("Receivables manager"),
    "accountant": _("Accountant"),
}
IMPORTS = {
    "customers": _("Customers"),
    "items": _("Items"),
    "rates": _("Exchange rates"),
    "accounts": _("Bank accounts"),
    "orders": _("Orders"),
    "deliveries": _("Deliveries"),
    "bank": _("Bank statement"),
    "remittance": _("Remittance advice or payout report"),
    "responses": _("Answers to our documents"),
}
# Who says what a sum is made of, and what it is made of.
ADVICES = {
    "payout": _("Payout of a payment provider"),
    "notification": _("Notice of the bank"),
    "bundle": _("Declared in the portal"),
    "remittance": _("Remittance advice"),
    "statement": _("Said in the bank statement"),
    "balance": _("Balance at a payment provider"),
}
PARTS = {
    "payment": _("Payment"),
    "refund": _("Refund or credit"),
    "chargeback": _("Chargeback"),
    "fee": _("Fee"),
    "adjustment": _("Correction"),
    "transfer": _("Transfer to the bank"),
}
# What an import makes.
MADE = {
    "receipts": _("Receipts"),
    "money_left": _("Payments out"),
    "advices": _("Advices"),
    "parts": _("Documents, fees and refunds in them"),
    "links": _("Linked to their money"),
    "exceptions": _("Exceptions"),
    "reported": _("Reported to the tax office"),
    "customers_updated": _("Customers changed"),
    "items_updated": _("Items changed"),
    "rates_updated": _("Exchange rates changed"),
    "bank_accounts": _("Bank accounts"),
    "order_lines": _("Order lines"),
    "delivery_lines": _("Delivery lines"),
    "returns": _("Returns"),
    "return_lines": _("Lines of returns"),
    "returns_linked": _("Returned lines with their delivery"),
    "returns_unlinked": _("Returned lines without a delivery"),
    "country_conflicts": _("Customers named in two countries"),
}
# What the proof of the books names; the first words of its records.
RECORDS = {
    "rendition of document": _("Rendition of document"),
    "balance of account": _("Balance of account"),
    "entries recorded at": _("Entries recorded at"),
    "series of receipts": _("Series of receipts"),
    "entries about": _("Entries about"),
    "archived file": _("Archived file"),
    "dispatch to": _("Dispatch to"),
    "import of": _("Import of"),
    "open item": _("Open item"),
    "bank line": _("Bank line"),
    "allocation": _("Allocation"),
    "statement": _("Statement"),
    "document": _("Document"),
    "posting": _("Posting"),
    "message": _("Message"),
    "receipt": _("Receipt"),
    "series": _("Series"),
    "entry": _("Entry"),
    "draft": _("Draft"),
    "party": _("Party"),
    "table": _("Table"),
    "fact": _("Fact"),
    "gap": _("Gap"),
    "day": _("Day"),
}
ASIDE = {
    "account": _("On account"),
    "foreign": _("Not for our invoices"),
    "approval": _("Waits for a second person"),
}
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What a policy keeps beside an act: ``billing v2 row 3``, ``matching shipped row 1, 2``.
_POLICY_RULE = re.compile(r"(\w+) (?:shipped|v(\d+))(?: row ([\d, ]+)| no row)?")


def reason_title(reason: str) -> str:
    """Why the matcher proposes it, in one line."""
    return str(REASONS.get(reason) or spaced(reason))


def adjustment_title(reason: str) -> str:
    """Why an item was settled without another one."""
    return str(ADJUSTMENTS.get(reason) or spaced(reason))


def aside_title(reason: str) -> str:
    """Why money was put aside."""
    return str(ASIDE.get(reason) or spaced(reason))


def gap_title(kind: str) -> str:
    """What a gap is."""
    return str(GAPS.get(kind) or spaced(kind))


def lesson_title(kind: str) -> str:
    """What is learnt."""
    return str(LESSONS.get(kind) or spaced(kind))


def tie_title(tie: str) -> str:
    """What ties a return to a receipt."""
    return str(TIES.get(tie) or spaced(tie))


def rule_title(rule: str) -> str:
    return str(RULES.get(rule) or rule.replace("_", " "))


def rule_words(rule: str) -> str:
    """The rule kept beside an act in words: ``matching shipped row 2`` is rule 2 of Matching."""
    found = _POLICY_RULE.fullmatch(rule)
    if found is None or found[1] not in POLICIES:
        return said(rule)
    policy, version, rows = str(POLICIES[found[1]]), found[2], found[3]
    if version:
        policy = gettext("%(policy)s, version %(version)s") % {"policy": policy, "version": version}
    else:
        policy = gettext("%(policy)s (as delivered)") % {"policy": policy}
    return (
        gettext("Rule %(rows)s of %(policy)s") % {"rows": rows, "policy": policy}
        if rows
        else policy
    )


def record_words(record: str) -> str:
    """``open item RE-1`` in the reader's words; its number or id stays as it is."""
    dated = _ISO_DAY.sub(lambda found: said(found[0]), record)
    for name, title in RECORDS.items():
        if record == name or record.startswith(f"{name} "):
            return f"{title}{dated.removeprefix(name)}"
    return dated


def outcome_title(name: str) -> str:
    """A column that a policy decides; one that is not listed shows as its own words."""
    return str(OUTCOMES.get(name) or spaced(name))


def outcome_word(choice: str) -> str:
    """What a policy chose, in the reader's words."""
    return str(CHOICES.get(choice, choice))


def import_title(kind: str) -> str:
    """What a file holds; a kind that is not ours shows as its own words."""
    return str(IMPORTS.get(kind) or spaced(kind))


def advice_title(kind: str) -> str:
    return str(ADVICES.get(kind) or spaced(kind))


def part_title(kind: str) -> str:
    """One part of an advised sum."""
    return str(PARTS.get(kind) or spaced(kind))


def made_title(name: str) -> str:
    """What an import made; a name that is not listed shows as its own words."""
    return str(MADE.get(name) or IMPORTS.get(name) or spaced(name))

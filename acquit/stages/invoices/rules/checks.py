"""What must be right before a document may get its number; each check by its name.

A fatal fault holds the document, a warning is shown beside it. Rules are those of EN 16931-1
(BR-*) and Directive 2006/112/EC article 226.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import NamedTuple

from acquit.core.faults import Fault, Severity
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import CREDIT_NOTE, Plan
from acquit.stages.masterdata.rules.tax import SmallBusiness

_NEEDS_BUYER_VAT_ID = {"AE": "BR-AE-02", "K": "BR-IC-02"}
_NEEDS_SELLER_VAT_ID = {"S": "BR-S-02", "Z": "BR-Z-02", "E": "BR-E-02", "G": "BR-G-02"} | (
    _NEEDS_BUYER_VAT_ID
)


class Surroundings(NamedTuple):
    """What the checks look at beside the plan itself."""

    customer: Customer
    seller_country: str
    seller_vat_id: str
    seller_tax_number: str
    small_business: SmallBusiness
    needs: Collection[str]
    known_terms: Collection[str]
    has_rate: bool  # whether the company currency has a rate for the document's currency


Check = Callable[[Plan, Surroundings], Fault | None]


def run_checks(plan: Plan, around: Surroundings) -> tuple[tuple[Fault, ...], int]:
    """All faults found, and how many checks passed; faults the plan has already count first."""
    found = [fault for check in CHECKS if (fault := check(plan, around)) is not None]
    return (*plan.faults, *found), len(CHECKS) - len(found)


def _buyer(plan: Plan, around: Surroundings) -> Fault | None:
    customer = around.customer
    if not customer.name.strip():
        return Fault("buyer.name", "the customer has no name", "customer.name", "BR-07")
    if len(customer.country) != 2 or not customer.country.isalpha():
        return Fault(
            "buyer.country",
            f"{customer.name} has no country",
            "customer.country",
            "BR-11",
            "set the two-letter country code of the customer",
        )
    return None


def _address(plan: Plan, around: Surroundings) -> Fault | None:
    customer = around.customer
    missing = [name for name in ("street", "city") if not getattr(customer, name).strip()]
    if not missing:
        return None
    return Fault(
        "buyer.address",
        f"the address of {customer.name} lacks {' and '.join(missing)}",
        f"customer.{missing[0]}",
        "Directive 2006/112/EC art. 226(5)",
        "complete the customer's address",
        Severity.FATAL if "address" in around.needs else Severity.WARNING,
    )


def _terms(plan: Plan, around: Surroundings) -> Fault | None:
    code = plan.terms
    if code in around.known_terms or plan.kind == CREDIT_NOTE:
        return None
    fix = f"use one of {', '.join(sorted(around.known_terms))}"
    return Fault("terms.unknown", f"no payment terms {code!r}", "customer.terms", "BR-CO-25", fix)


def _email(plan: Plan, around: Surroundings) -> Fault | None:
    customer = around.customer
    if customer.email or plan.header.get("email"):
        return None
    channel = plan.header.get("channel") or customer.channel
    if channel != "email" and "email" not in around.needs:
        return None
    return Fault(
        "buyer.email",
        f"{customer.name} has no e-mail address to send to",
        "customer.email",
        fix="type the address or choose another channel",
        severity=Severity.FATAL if "email" in around.needs else Severity.WARNING,
    )


def _buyer_reference(plan: Plan, around: Surroundings) -> Fault | None:
    if "buyer_reference" not in around.needs or plan.header.get("buyer_reference"):
        return None
    return Fault(
        "buyer.reference",
        "buyer reference missing",
        "header.buyer_reference",
        "BT-10",
        "type the reference the buyer gave (in Germany the Leitweg-ID)",
    )


def _purchase_order(plan: Plan, around: Surroundings) -> Fault | None:
    if "purchase_order" not in around.needs or plan.header.get("purchase_order"):
        return None
    return Fault(
        "order.reference",
        "purchase order number missing",
        "header.purchase_order",
        "BT-13",
        "type the number of the buyer's order",
    )


def _vat_ids(plan: Plan, around: Surroundings) -> Fault | None:
    for tax in plan.taxes:
        rule = _NEEDS_SELLER_VAT_ID.get(tax.category)
        # A local tax number (BT-32) does where no buyer's VAT id is needed.
        local = "" if tax.category in _NEEDS_BUYER_VAT_ID else around.seller_tax_number
        if rule and not around.seller_vat_id and not local:
            return Fault("seller.vat_id", "the company has no VAT id", "company.vat_id", rule)
        rule = _NEEDS_BUYER_VAT_ID.get(tax.category)
        if rule and not around.customer.vat_id:
            message = f"category {tax.category} needs the customer's VAT id"
            return Fault("buyer.vat_id", message, "customer.vat_id", rule, "enter the VAT id")
        if tax.category == "K" and around.customer.country == around.seller_country:
            message = "an intra-Community supply cannot stay in the seller's country"
            return Fault("tax.intra_community", message, "customer.country", "BR-IC-12")
    return None


def _small_business(plan: Plan, around: Surroundings) -> Fault | None:
    """Nobody charges VAT for what it supplied as a small business; what was charged before is
    credited as it was."""
    if plan.kind == CREDIT_NOTE or not any(tax.tax_minor for tax in plan.taxes):
        return None
    days = (plan.header.get("period_start"), plan.header.get("delivered_on"))
    if not all(around.small_business.counts(date.fromisoformat(day)) for day in days if day):
        return None
    if not any(days):
        return None
    return Fault(
        "tax.small_business",
        "VAT is charged by a company that charges none as a small business",
        "lines",
        "Directive 2006/112/EC art. 284",
        "discard the draft and bill again, or correct the days in the settings",
    )


def _one_scope(plan: Plan, around: Surroundings) -> Fault | None:
    categories = {tax.category for tax in plan.taxes}
    if "O" not in categories or len(categories) == 1:
        return None
    return Fault(
        "tax.mixed_scope",
        "lines outside the scope of VAT stand beside taxed ones",
        "lines",
        "BR-O-11",
        "bill them on a document of their own",
    )


def _amounts(plan: Plan, around: Surroundings) -> Fault | None:
    if not plan.lines:
        return Fault("lines.none", "there is no line", "lines", "BR-16")
    if any(line.unit_price < 0 for line in plan.lines):
        fix = "record a return instead"
        return Fault("lines.price", "a unit price is negative", "lines", "BR-27", fix)
    if plan.gross_minor < 0:
        return Fault("document.negative", "the amount is below zero", "gross")
    return None


def _rate(plan: Plan, around: Surroundings) -> Fault | None:
    if around.has_rate:
        return None
    return Fault(
        "rate.missing",
        f"no exchange rate for {plan.currency} on or before the day of issue",
        "currency",
        fix="import the exchange rates",
    )


CHECKS: Sequence[Check] = (
    _buyer,
    _address,
    _terms,
    _email,
    _buyer_reference,
    _purchase_order,
    _vat_ids,
    _small_business,
    _one_scope,
    _amounts,
    _rate,
)

# What planning finds; it is not found again by checking, only by billing the lines anew.
PLANNING_CODES = frozenset({"tax.unknown", "credit.exceeds"})

"""What each policy may ask and must answer: the columns of every decision table.

A stage that consults a policy builds its facts under exactly these names and reads exactly these
outcomes. Amounts are decimals in major units of the company's currency, so that one table serves
documents of every currency; a fact that is not known is left out and counts as empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from acquit.core.documents.invoice import DocumentKind
from acquit.core.documents.profiles import PROFILES
from acquit.core.faults import Fault, Severity
from acquit.core.payment_references import SCHEMES
from acquit.core.tables import FactSpec, HitPolicy, Kind, OutputColumn, Registry, Table, check
from acquit.policy import demands, texts

_CUSTOMER = (
    FactSpec("customer.number", Kind.TEXT, "Customer number"),
    FactSpec("customer.country", Kind.TEXT, "Customer country (ISO 3166)"),
    FactSpec("customer.segment", Kind.TEXT, "Customer segment"),
)
BILLS = tuple(DocumentKind)
GROUPS = (
    *("customer", "order", "delivery", "month"),
    *("project", "project_month", "contract", "contract_month"),
    *("place", "place_month", "order_place"),
)
ISSUING_ACTIONS = ("issue", "review", "hold")
CHANNELS = ("email", "portal", "print")
BUYERS = ("domestic", "abroad", "consumer")
COLLECTED_ACTIONS = ("tell", "none")
MATCHING_ACTIONS = ("post", "post_undo", "suggest", "ask", "leave")
ADJUSTING_ACTIONS = ("close", "keep")
RETURNING_ACTIONS = ("settle", "ask")
RETURN_EVIDENCE = ("reference", "mandate", "payer", "person")
GAPS = (
    "short",
    "discount",
    "late_discount",
    "bank_fee",
    "withheld_tax",
    "small_difference",
    "exchange",
    "error",
    "unexplained",
    "overpaid",
)
GAP_OWNERS = ("cash_clerk", "credit_controller", "receivables_manager", "accountant")
ADJUSTMENTS = (
    "discount",
    "late_discount",
    "bank_fee",
    "small_difference",
    "withheld_tax",
    "exchange",
    "netted",
)


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """One policy: its facts, its outcomes, and whether the first or every row that holds counts."""

    name: str
    title: str
    facts: tuple[FactSpec, ...]
    outputs: tuple[OutputColumn, ...]
    hit: HitPolicy = HitPolicy.FIRST

    @property
    def registry(self) -> Registry:
        return Registry(self.facts)

    def check(self, table: Table) -> tuple[Fault, ...]:
        """Every fault of a table of this policy: of its cells, and of texts that are filled in."""
        found = check(table=table, registry=self.registry)
        if self.name != texts.NAME or any(fault.severity is Severity.FATAL for fault in found):
            return found
        return (*found, *texts.faults(table=table, registry=self.registry))


_BILLING = PolicySpec(
    name="billing",
    title="Which deliveries share one document",
    facts=(
        *_CUSTOMER,
        FactSpec("customer.is_placeholder", Kind.BOOL, "Customer made by an import, not edited"),
        FactSpec("order.source", Kind.TEXT, "Where the order came from"),
        FactSpec("order.has_purchase_order", Kind.BOOL, "The buyer gave a purchase order"),
        FactSpec("order.has_project", Kind.BOOL, "The order is for a project (BT-11)"),
        FactSpec("order.has_contract", Kind.BOOL, "The order is under a contract (BT-12)"),
        FactSpec("delivery.kind", Kind.ENUM, "Delivery or return", ("delivery", "return")),
        FactSpec("delivery.is_elsewhere", Kind.BOOL, "Not to the customer's own address (BG-15)"),
    ),
    outputs=(OutputColumn("group", Kind.ENUM, GROUPS, is_required=True),),
)
_ISSUING = PolicySpec(
    name="issuing",
    title="Which drafts get their number without a person",
    facts=(
        *_CUSTOMER,
        FactSpec("customer.is_placeholder", Kind.BOOL, "Customer made by an import, not edited"),
        FactSpec("draft.kind", Kind.ENUM, "Kind of document", BILLS),
        FactSpec("draft.net", Kind.DECIMAL, "Net amount in company currency"),
        FactSpec("draft.gross", Kind.DECIMAL, "Gross amount in company currency"),
        FactSpec("draft.currency", Kind.TEXT, "Currency of the draft"),
        FactSpec("draft.faults", Kind.DECIMAL, "Number of checks that failed"),
        FactSpec("draft.lines", Kind.DECIMAL, "Number of lines"),
        FactSpec("draft.unlinked_returns", Kind.DECIMAL, "Lines that credit no known delivery"),
    ),
    outputs=(
        OutputColumn("action", Kind.ENUM, ISSUING_ACTIONS, is_required=True),
        OutputColumn("reason", Kind.TEXT),
    ),
)
_TAX = PolicySpec(
    name="tax",
    title="Which tax code a line gets",
    facts=(
        *_CUSTOMER,
        FactSpec("customer.is_domestic", Kind.BOOL, "In the company's own tax territory"),
        FactSpec("customer.in_eu", Kind.BOOL, "In the EU VAT territory on that day"),
        FactSpec("customer.has_vat_id", Kind.BOOL, "Has a VAT identifier"),
        FactSpec("company.country", Kind.TEXT, "Company country (ISO 3166)"),
        FactSpec("company.in_eu", Kind.BOOL, "Company in the EU VAT territory on that day"),
        FactSpec("item.code", Kind.TEXT, "Item code"),
        FactSpec("item.tax_code", Kind.TEXT, "The item's own tax code"),
        FactSpec("delivery.on", Kind.DATE, "Day of supply"),
    ),
    # An empty tax code means: the item's own, or the default of the country.
    outputs=(OutputColumn("tax_code", Kind.TEXT),),
)
_DISPATCH = PolicySpec(
    name="dispatch",
    title="Over which channel a document is sent",
    facts=(
        *_CUSTOMER,
        FactSpec("customer.channel", Kind.TEXT, "The channel the customer asked for"),
        FactSpec("customer.has_email", Kind.BOOL, "Has an e-mail address"),
        FactSpec("customer.has_endpoint", Kind.BOOL, "Has an electronic address (BT-49)"),
        FactSpec("document.kind", Kind.ENUM, "Kind of document", BILLS),
        FactSpec("document.gross", Kind.DECIMAL, "Gross amount in company currency"),
    ),
    outputs=(OutputColumn("channel", Kind.ENUM, CHANNELS, is_required=True),),
)
_EINVOICE = PolicySpec(
    name="einvoice",
    title="Which rules an electronic document must obey",
    facts=(
        *_CUSTOMER,
        FactSpec("customer.is_domestic", Kind.BOOL, "In the company's own tax territory"),
        FactSpec("customer.has_vat_id", Kind.BOOL, "Has a VAT identifier"),
        FactSpec("customer.endpoint_scheme", Kind.TEXT, "Scheme of the electronic address (BT-49)"),
        FactSpec("company.country", Kind.TEXT, "Company country (ISO 3166)"),
        FactSpec("document.kind", Kind.ENUM, "Kind of document", BILLS),
        FactSpec("document.on", Kind.DATE, "Day of issue"),
    ),
    outputs=(OutputColumn("profile", Kind.ENUM, PROFILES, is_required=True),),
)
_PAYMENT_REFERENCE = PolicySpec(
    name="payment_reference",
    title="What customers are asked to quote when they pay",
    facts=(
        *_CUSTOMER,
        FactSpec("company.country", Kind.TEXT, "Company country (ISO 3166)"),
        FactSpec("account.country", Kind.TEXT, "Country of the company's bank account"),
        FactSpec("account.is_qr_iban", Kind.BOOL, "The account is a Swiss QR-IBAN"),
        FactSpec("document.currency", Kind.TEXT, "Currency of the document"),
    ),
    outputs=(OutputColumn("scheme", Kind.ENUM, SCHEMES, is_required=True),),
)
_DEMANDS = PolicySpec(
    name=demands.NAME,
    title="What customers demand of their documents",
    facts=(*_CUSTOMER, *demands.FACTS),
    outputs=demands.OUTPUTS,
    hit=HitPolicy.COLLECT,
)
_COLLECTED = PolicySpec(
    name="collected",
    title="Which payments the seller's platform is told of (status 212)",
    facts=(
        *_CUSTOMER,
        FactSpec("company.country", Kind.TEXT, "Company country (ISO 3166)"),
        FactSpec("company.vat_on_invoice", Kind.BOOL, "The company chose to owe VAT when it bills"),
        FactSpec("buyer.kind", Kind.ENUM, "Who bought, by the numbers he has", BUYERS),
        FactSpec("document.kind", Kind.ENUM, "Kind of document", BILLS),
        FactSpec("document.has_services", Kind.BOOL, "Services whose VAT the buyer does not owe"),
        FactSpec("payment.on", Kind.DATE, "Day of the payment"),
    ),
    outputs=(OutputColumn("action", Kind.ENUM, COLLECTED_ACTIONS, is_required=True),),
)
_MATCHING = PolicySpec(
    name="matching",
    title="What happens to a proposal of the matcher",
    facts=(
        *_CUSTOMER,
        FactSpec("proposal.probability", Kind.DECIMAL, "Probability that it is right, 0 to 1"),
        FactSpec("proposal.rivals", Kind.DECIMAL, "Other answers that fit as well"),
        FactSpec("proposal.reason", Kind.TEXT, "Class of evidence: reference, amount ..."),
        FactSpec("proposal.residue", Kind.DECIMAL, "Money left over, in company currency"),
        FactSpec(
            "proposal.at_risk",
            Kind.DECIMAL,
            "Money expected to go wrong: amount by improbability, in company currency",
        ),
        FactSpec(
            "day.at_risk",
            Kind.DECIMAL,
            "The same of all that is applied by itself on the day, this proposal included",
        ),
        FactSpec("receipt.amount", Kind.DECIMAL, "Amount received, in company currency"),
    ),
    outputs=(OutputColumn("action", Kind.ENUM, MATCHING_ACTIONS, is_required=True),),
)
_ADJUSTING = PolicySpec(
    name="adjusting",
    title="Which rests are closed without money, and what that does to the tax",
    facts=(
        FactSpec("adjustment.reason", Kind.ENUM, "What was kept back", ADJUSTMENTS),
        FactSpec("adjustment.amount", Kind.DECIMAL, "Amount closed, in company currency"),
        FactSpec("adjustment.currency", Kind.TEXT, "Currency of the document"),
        FactSpec(
            "adjustment.document_amount", Kind.DECIMAL, "Amount closed, in the document's currency"
        ),
        FactSpec("adjustment.share", Kind.DECIMAL, "Per cent of the document"),
        FactSpec(
            "adjustment.times",
            Kind.DECIMAL,
            "Rests of the customer closed for this reason in the twelve months before",
        ),
    ),
    outputs=(
        OutputColumn("action", Kind.ENUM, ADJUSTING_ACTIONS, is_required=True),
        OutputColumn("tax", Kind.ENUM, ("reduce", "none")),
    ),
)
_RETURNING = PolicySpec(
    name="returning",
    title="What happens when the bank takes money back",
    facts=(
        FactSpec("return.evidence", Kind.ENUM, "What tells the receipt", RETURN_EVIDENCE),
        FactSpec("return.reason", Kind.TEXT, "The bank's code: AC04, MD06 ..."),
        FactSpec("return.amount", Kind.DECIMAL, "Money that went back, in company currency"),
        FactSpec("return.charge", Kind.DECIMAL, "The bank's charge, in company currency"),
    ),
    outputs=(
        OutputColumn("action", Kind.ENUM, RETURNING_ACTIONS, is_required=True),
        OutputColumn("charge", Kind.ENUM, ("bear", "suspense"), is_required=True),
    ),
)
_GAPS = PolicySpec(
    name="gaps",
    title="Who clears what money left open, and within how many days",
    facts=(
        *_CUSTOMER,
        FactSpec("gap.kind", Kind.ENUM, "What was left open", GAPS),
        FactSpec("gap.amount", Kind.DECIMAL, "Amount left open, in company currency"),
        FactSpec("gap.share", Kind.DECIMAL, "Per cent of the document or receipt"),
    ),
    outputs=(
        OutputColumn("owner", Kind.ENUM, GAP_OWNERS, is_required=True),
        OutputColumn("days", Kind.DECIMAL, is_required=True),
    ),
)
_TEXTS = PolicySpec(
    name=texts.NAME,
    title="What the company says on its papers and in its mails",
    facts=(*_CUSTOMER, *texts.FACTS),
    outputs=texts.OUTPUTS,
)
SPECS: dict[str, PolicySpec] = {
    spec.name: spec
    for spec in (
        _BILLING,
        _ISSUING,
        _TAX,
        _EINVOICE,
        _PAYMENT_REFERENCE,
        _DEMANDS,
        _DISPATCH,
        _TEXTS,
        _MATCHING,
        _COLLECTED,
        _ADJUSTING,
        _RETURNING,
        _GAPS,
    )
}
